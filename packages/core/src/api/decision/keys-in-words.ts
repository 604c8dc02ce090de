import type { PlanSpec, Selector } from '../../plan/spec.ts';
import { firstOf } from '../../text/listed.ts';
import { type DecisionLine, saying } from './decision-section.ts';

/** What an approver is shown of long lists. */
export const mostListed = 20;

/** A key by its name, with where it lies. */
export interface NamedKey {
  readonly key_id: string;
  readonly alias: string | null;
  readonly account: string | null;
  readonly primary_region: string | null;
}

/** The first keys of `total`. */
export function keysInWords(keys: readonly NamedKey[], total: number): string[] {
  const named = keys.map(({ alias, key_id, account, primary_region }) => {
    const name = alias === null ? key_id : `${alias} (${key_id})`;
    return `${name}, ${account ?? 'account unknown'}, primary in ${primary_region ?? 'an unknown Region'}`;
  });
  return firstOf(named, mostListed, total);
}

/** Accounts whose keys go into Regions of their own. */
export function ownRegionsLines(byAccount: PlanSpec['account_regions'] = {}): DecisionLine[] {
  const own = Object.entries(byAccount).map(([account, regions]) => `${account}: ${regions.join(', ') || 'none'}`);
  return own.length > 0 ? [saying('Own Regions of', firstOf(own, mostListed))] : [];
}

/** How the keys were chosen. */
export function choiceInWords({
  keys = [],
  selector,
}: {
  readonly keys?: readonly string[] | undefined;
  readonly selector?: Selector | undefined;
}): string {
  if (selector === undefined) return `Name (${keys.length.toLocaleString('en')} given)`;
  const told = Object.entries(selector).map(([field, value]) => {
    const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : tagsText(value);
    return `${field.replaceAll('_', ' ')} ${text}`;
  });
  return `Selector: ${told.join('; ')}`;
}

const tagsText = (tags: Readonly<Record<string, string>> = {}): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key} = ${value}`)
    .join(', ');
