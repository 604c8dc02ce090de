import { type ErrorCode, warning } from '../errors/index.ts';
import type { ReplicaWarningView } from '../errors/replica-error.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { keyName } from '../keys/resolved-key.ts';
import { regions } from '../regions/regions.ts';
import type { PairBlock } from './block-of-pair.ts';
import { checkBlock, checkOrigin } from './check-block.ts';
import { blocked, type Preflight } from './preflight.ts';

/** What is known of the place where a replica shall be made. */
export interface CallFacts {
  /** The Regions that CCKM's containers have for the account, none where all are archived; null: CCKM does not tell. */
  readonly managedRegions: ReadonlySet<string> | null;
  /** Who has the alias there that the replica shall get, as a phrase; null: no key that CCKM lists. */
  readonly aliasHolder: string | null;
  /** Keys of the account in the Region: those that CCKM lists (null: unknown), and those of this plan before this one. */
  readonly keysListed: number | null;
  readonly keysPlanned: number;
  /** How many keys the account may have there. */
  readonly keyQuota: number;
  /** EXTERNAL: CCKM names no source from which the material could be imported, and it is to be imported. */
  readonly importSourceUnknown: boolean;
  /** The plan that has this key and Region in flight, as a phrase; null: none. */
  readonly inFlightIn: string | null;
  readonly now: Date;
}

const dayMs = 24 * 3_600_000;
const expiresSoonMs = 30 * dayMs;
/** From this share of the key quota on it is warned of. */
const nearQuota = 0.9;

/**
 * The rules about what the call would send and where it would land, for a pair of which the key and the Region are fine.
 * Sources: KMS developer guide (resource quotas, aliases, imported material), CCKM contract, section 4.
 */
export function preflightCall(
  key: CckmKey,
  region: string,
  pair: PairBlock,
  facts: CallFacts,
): Extract<Preflight, { state: 'pending' | 'blocked' }> {
  const warnings = warningsOf(key, region, facts);
  const refuse = (code: ErrorCode, message: string) => blocked(code, message, warnings);
  const { managedRegions, aliasHolder, keysListed, keysPlanned, keyQuota } = facts;
  if (managedRegions && !managedRegions.has(region)) {
    if (managedRegions.size === 0)
      return refuse('region_not_enabled', `CCKM has archived every KMS container of account ${key.account}.`);
    const optIn = regions.get(region)?.optIn ? ` An account must opt in to ${region} first.` : '';
    return refuse(
      'region_not_enabled',
      `No KMS container of account ${key.account} in CCKM includes ${region}.${optIn}`,
    );
  }
  const broken = checkBlock(pair) ?? checkOrigin(pair.block, key.origin);
  if (broken) return refuse(broken.code, broken.message);
  if (aliasHolder !== null) {
    return refuse('alias_taken', `In ${region} the alias ${pair.block.aws_param?.Alias} belongs to ${aliasHolder}.`);
  }
  if (facts.importSourceUnknown) {
    return refuse(
      'import_source_unknown',
      `CCKM reports no source key for the key material of ${keyName(key)}. With import_material: false the replica is created without it.`,
    );
  }
  if (keysListed !== null && keysListed + keysPlanned + 1 > keyQuota) {
    return refuse(
      'key_quota_exceeded',
      `Account ${key.account} has ${keysListed} keys in ${region}, and ${keysPlanned} more of this plan come first; ` +
        `its quota is ${keyQuota}.`,
    );
  }
  return { state: 'pending', warnings };
}

function warningsOf(key: CckmKey, region: string, facts: CallFacts): ReplicaWarningView[] {
  const { managedRegions, keysListed, keysPlanned, keyQuota, inFlightIn, now } = facts;
  const warnings: ReplicaWarningView[] = [];
  if (managedRegions === null) {
    warnings.push(warning('region_not_checked', `CCKM does not report the KMS containers of account ${key.account}.`));
  }
  if (keysListed !== null && keysListed + keysPlanned + 1 > keyQuota * nearQuota) {
    warnings.push(
      warning(
        'key_quota_near',
        `Account ${key.account} will have ${keysListed + keysPlanned + 1} of ${keyQuota} keys in ${region}.`,
      ),
    );
  }
  const expires = key.expirationModel === 'KEY_MATERIAL_EXPIRES' ? Date.parse(key.validTo ?? '') : Number.NaN;
  if (expires < now.getTime() + expiresSoonMs) {
    warnings.push(
      warning('material_expires_soon', `The material of ${keyName(key)} expires ${new Date(expires).toISOString()}.`),
    );
  }
  if (inFlightIn !== null) {
    warnings.push(warning('in_flight_elsewhere', `${inFlightIn} is creating this replica.`));
  }
  return warnings;
}
