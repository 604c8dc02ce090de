import { z } from 'zod';
import { regionSchema } from './region-schema.ts';

/** How a group stands in a plan's `regions`: `group:eu`. */
const prefix = 'group:';

export const regionGroupNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'A group name has up to 63 lower-case letters, digits, "-" and "_".');

export const accountSchema = z.string().regex(/^\d{12}$/, 'An AWS account id has 12 digits.');
const listSchema = z.array(regionSchema).min(1, 'Name at least one Region.').max(64);

/** Accounts that one list may be about. */
export const mostAccounts = 10_000;

/** A named list of Regions, and the lists of accounts that have their own. */
export const regionGroupSchema = z.strictObject({
  regions: listSchema,
  accounts: z
    .record(accountSchema, z.array(regionSchema).max(64))
    .meta({
      description: 'Other Regions for these accounts; an empty list: no Regions',
      maxProperties: mostAccounts,
    })
    .optional(),
});

/** A group with its name, as an editor holds it. */
export const namedRegionGroupSchema = z.strictObject({
  name: regionGroupNameSchema.describe('What plans call it: group:<name>'),
  ...regionGroupSchema.shape,
});

/** The groups that a plan names: no more than it has Regions. */
export const regionGroupsSchema = z.record(z.string(), regionGroupSchema).meta({ maxProperties: 64 });

export type RegionGroup = z.infer<typeof regionGroupSchema>;

/** The name of the group that an entry of `regions` means; null: it is no group. */
export function groupName(entry: string): string | null {
  return entry.startsWith(prefix) ? entry.slice(prefix.length) : null;
}

/** An entry of a plan's `regions`: a Region, or a group. */
export const regionOrGroupSchema = z.string().superRefine((entry, context) => {
  const name = groupName(entry);
  const wrong = name === null ? regionSchema.safeParse(entry) : regionGroupNameSchema.safeParse(name);
  for (const issue of wrong.error?.issues ?? []) {
    context.addIssue({ code: 'custom', message: issue.message, params: issue.code === 'custom' ? issue.params : {} });
  }
});
