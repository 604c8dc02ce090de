import { z } from 'zod';
import { coverageCountsSchema } from '../coverage/count-cells.ts';
import type { CoverageCode } from '../coverage/findings.ts';
import { coverageFindings } from '../coverage/findings.ts';
import { coverageCheckStates } from '../coverage/life.ts';
import { sameAsPrimaryFields } from '../coverage/policy.ts';
import { coverageCauses, coverageLetters, coverageStates, notRequiredLetter } from '../coverage/states.ts';

/** Coverage: policies, their checks, and what a check found of each key × Region. */

const count = z.int().min(0);
const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const percent = z.number().min(0).max(100);

export const coverageCheckViewSchema = z
  .object({
    id: z.uuid().describe('UUIDv7'),
    policy: z.string().nullable().describe('The policy that was checked; null: one that was given with the request'),
    drill_id: z.uuid().nullable().describe('The drill whose step it is'),
    cause: z.enum(coverageCauses),
    proof: z.boolean().describe('Every member was read back from AWS one by one, and its key material compared'),
    state: z.enum(coverageCheckStates),
    reason: z.string().nullable().describe('What it waits for, while it does'),
    spec: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('The policy as this check goes by it, its Regions fixed; null once its cells are not kept any more'),
    spec_sha256: z.string(),
    requested_by: z.string(),
    requested_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why it could not be made'),
    regions: z.array(z.string()).describe('Every Region that it is about'),
    keys: count.nullable().describe('Null until it is done'),
    counts: coverageCountsSchema.nullable(),
    by_region: z.array(z.object({ region: z.string(), counts: coverageCountsSchema })),
    covered_percent: percent.nullable().describe('Rounded down to two decimals: 100 means all. Null without cells'),
    passed: z.boolean().describe('It is done, there is a key, and every cell is covered'),
    cells_kept: z
      .boolean()
      .describe(
        'Its cells can be read: those of the newest check of a policy, of drills, and of the last seven days else',
      ),
  })
  .meta({ id: 'CoverageCheck' });

export const coveragePolicyViewSchema = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    spec: z.record(z.string(), z.unknown()).describe('As it was put, defaults filled in'),
    spec_sha256: z.string(),
    revision: z.int().min(1),
    created_by: z.string(),
    created_at: time,
    updated_by: z.string(),
    updated_at: time,
    next_check_at: time.nullable().describe('Null: it has no schedule'),
    last_check: coverageCheckViewSchema.nullable().describe('The newest one that is done'),
    newest_check: z
      .object({ id: z.uuid(), state: z.enum(coverageCheckStates) })
      .nullable()
      .describe('The newest one, whatever has become of it'),
  })
  .meta({ id: 'CoveragePolicy' });

export const coverageCellViewSchema = z
  .object({
    key_id: z.string().describe('CCKM id of the primary, or what the policy names while the key is unknown'),
    mrk: z.string().nullable().describe('AWS key id, shared by all members of the set'),
    key_arn: z.string().nullable(),
    alias: z.string().nullable(),
    account: z.string().nullable(),
    primary_region: z.string().nullable(),
    origin: z.string().nullable(),
    region: z.string(),
    state: z.enum(coverageStates),
    code: z.enum(Object.keys(coverageFindings) as CoverageCode[]).describe('A stable name for why'),
    message: z.string().describe('Cause and fix'),
    member_id: z.string().nullable().describe('CCKM id of the member in this Region'),
    key_state: z.string().nullable().describe('As CCKM told it'),
    valid_to: time.nullable().describe('When its imported key material expires, where that is told'),
    diff: z
      .array(z.object({ field: z.enum(sameAsPrimaryFields), wanted: z.unknown(), present: z.unknown() }))
      .nullable()
      .describe('In what it is other than the policy wants; null where that was not compared'),
    material: z
      .object({
        how: z.enum(['refreshed', 'read_twice']).nullable(),
        current: z.string().nullable(),
        primary_current: z.string().nullable(),
        ids: z.array(z.string()),
        primary_ids: z.array(z.string()),
      })
      .nullable()
      .describe('Of a proof: the ids of key material that were compared, and how the member was read back'),
  })
  .meta({ id: 'CoverageCell' });

const legend = coverageStates.map((state) => `${coverageLetters[state]} ${state}`).join(', ');

export const coverageMatrixViewSchema = z
  .object({
    regions: z.array(z.string()).describe('In the order of the policy'),
    keys: count.describe('Keys that the filter lets through; without one, all of the check'),
    items: z.array(
      z.object({
        index: count.describe('Place in the order of keys, from 0; never changes'),
        key_id: z.string().describe('For `GET …/cells?key=`'),
        alias: z.string().nullable(),
        account: z.string().nullable(),
        primary_region: z.string().nullable(),
        cells: z
          .string()
          .describe(`A letter for each of \`regions\`: ${legend}, ${notRequiredLetter} not required there`)
          .meta({ examples: ['CCMU.'] }),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'CoverageMatrix' });

export type CoverageCheckView = z.infer<typeof coverageCheckViewSchema>;
export type CoveragePolicyView = z.infer<typeof coveragePolicyViewSchema>;
export type CoverageCellView = z.infer<typeof coverageCellViewSchema>;
export type CoverageMatrixView = z.infer<typeof coverageMatrixViewSchema>;
