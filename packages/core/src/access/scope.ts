import { z } from 'zod';
import { accountSchema } from '../regions/region-group.ts';
import { regionSchema } from '../regions/region-schema.ts';
import type { Role } from './roles.ts';

/**
 * The AWS accounts and Regions that a token is bound to, and so what is submitted with it: the accounts of the keys, and the
 * Regions that replicas are made in, wherever their primaries are. Null: all of them.
 */
export interface Scope {
  readonly accounts: readonly string[] | null;
  readonly regions: readonly string[] | null;
}

/** The scope of who has none. */
export const everywhere: Scope = { accounts: null, regions: null };

/** Roles whose tokens may have a scope: the others are about everything. */
export const scopedRoles: readonly Role[] = ['viewer', 'operator', 'approver'];

export function isEverywhere({ accounts, regions }: Scope): boolean {
  return accounts === null && regions === null;
}

/** Whether an account lies within a scope; one that is not known (null) lies only where all do. */
export function coversAccount({ accounts }: Scope, account: string | null): boolean {
  return accounts === null || (account !== null && accounts.includes(account));
}

export function coversRegion({ regions }: Scope, region: string): boolean {
  return regions === null || regions.includes(region);
}

export function covers(scope: Scope, { account, region }: { account: string; region: string }): boolean {
  return coversAccount(scope, account) && coversRegion(scope, region);
}

const inOrder = (list: string[]): string[] => [...new Set(list)].sort();

/** The two lists as a token is given them, each name once and in order. */
export const scopeLists = {
  accounts: z
    .array(accountSchema)
    .min(1, 'Name at least one account; remove the list for all.')
    .max(1_000)
    .overwrite(inOrder)
    .nullable()
    .default(null)
    .describe('Limits it to keys of these AWS accounts; null or not set: all'),
  regions: z
    .array(regionSchema)
    .min(1, 'Name at least one Region; remove the list for all.')
    .max(64)
    .overwrite(inOrder)
    .nullable()
    .default(null)
    .describe('Limits it to replicas in these Regions; null or not set: all'),
};

export const scopeViewSchema = z
  .object({
    accounts: z.array(z.string()).nullable().describe('Null: all'),
    regions: z.array(z.string()).nullable().describe('Regions in which replicas are created; null: all'),
  })
  .meta({ id: 'Scope', description: 'The AWS accounts and Regions that it is limited to.' });

export type ScopeView = z.infer<typeof scopeViewSchema>;

export function scopeView({ accounts, regions }: Scope): ScopeView {
  return { accounts: accounts && [...accounts], regions: regions && [...regions] };
}
