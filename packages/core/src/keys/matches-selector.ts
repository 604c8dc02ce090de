import type { Selector } from '../plan/spec.ts';
import { readGlob } from '../text/glob.ts';
import { mainAlias } from './alias-name.ts';
import type { CckmKey } from './cckm-key.ts';
import { policyTemplateTag } from './policy-template-tag.ts';

/** Which keys a plan's selector takes; the alias by which it takes one, or null where it names none. */
export interface KeySelection {
  /** The alias is that which matches the selector's, else the key's first. */
  select(key: CckmKey, members: readonly CckmKey[]): { readonly alias: string | null } | null;
}

/**
 * Reads a selector. It takes primaries that CCKM lists and that are not gone. `missing_in`: keys of which at least one of
 * these Regions holds no member; one that is pending deletion counts as missing, so that it is told rather than passed over.
 * `regionsOf`: what an entry of it means for a key of an account, where that may be a group.
 */
export function keySelection(
  selector: Selector,
  regionsOf: (entry: string, account: string | null) => readonly string[] = (entry) => [entry],
): KeySelection {
  const { alias, tags, account, region, origin, policy_template: template, missing_in: wanted } = selector;
  const glob = alias === undefined ? null : readGlob(alias);
  const hasTag = (key: CckmKey, name: string, value: string): boolean =>
    key.tags.some((tag) => tag.key === name && tag.value === value);
  return {
    select: (key, members) => {
      const named = glob === null ? mainAlias(key.aliases) : key.aliases.find((name) => glob(name));
      const taken =
        key.multiRegionKeyType === 'PRIMARY' &&
        !key.gone &&
        (glob === null || named !== undefined) &&
        (account === undefined || key.account === account) &&
        (region === undefined || key.region === region) &&
        (origin === undefined || key.origin === origin) &&
        Object.entries(tags ?? {}).every(([name, value]) => hasTag(key, name, value)) &&
        (template === undefined || hasTag(key, policyTemplateTag, template)) &&
        (wanted === undefined ||
          wanted.flatMap((entry) => regionsOf(entry, key.account)).some((name) => !isThere(members, name)));
      return taken ? { alias: named ?? null } : null;
    },
  };
}

function isThere(members: readonly CckmKey[], region: string): boolean {
  return members.some((member) => member.region === region && !member.gone && member.keyState !== 'PendingDeletion');
}
