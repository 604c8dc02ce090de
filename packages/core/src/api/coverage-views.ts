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
    policy: z.string().nullable().describe('The policy that was checked; null: a policy sent with the request'),
    drill_id: z.uuid().nullable().describe('The drill that it belongs to'),
    cause: z.enum(coverageCauses),
    proof: z.boolean().describe('true: every member was read from AWS one by one, and its key material compared'),
    state: z.enum(coverageCheckStates),
    reason: z.string().nullable().describe('What it is waiting for; null: nothing'),
    spec: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('The policy as checked, with its Region groups resolved; null once the cells of the check are deleted'),
    spec_sha256: z.string(),
    requested_by: z.string(),
    requested_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why the check failed'),
    regions: z.array(z.string()).describe('All Regions of the check'),
    keys: count.nullable().describe('Null until it is done'),
    counts: coverageCountsSchema.nullable(),
    by_region: z.array(z.object({ region: z.string(), counts: coverageCountsSchema })),
    covered_percent: percent
      .nullable()
      .describe('Rounded down to two decimals: 100 means all. Null if there are no cells'),
    passed: z.boolean().describe('true: it is done, has keys, and every cell is covered'),
    cells_kept: z
      .boolean()
      .describe(
        'true: its cells can be read. Kept for the newest check of each policy, for drills, and otherwise for seven days',
      ),
  })
  .meta({ id: 'CoverageCheck' });

export const coveragePolicyViewSchema = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    spec: z.record(z.string(), z.unknown()).describe('As written, with defaults'),
    spec_sha256: z.string(),
    revision: z.int().min(1),
    created_by: z.string(),
    created_at: time,
    updated_by: z.string(),
    updated_at: time,
    next_check_at: time.nullable().describe('Null: no schedule'),
    last_check: coverageCheckViewSchema.nullable().describe('The newest finished check'),
    newest_check: z
      .object({ id: z.uuid(), state: z.enum(coverageCheckStates) })
      .nullable()
      .describe('The newest check in any state'),
  })
  .meta({ id: 'CoveragePolicy' });

export const coverageCellViewSchema = z
  .object({
    key_id: z.string().describe('CCKM id of the primary; for an unknown key, the name in the policy'),
    mrk: z.string().nullable().describe('AWS key id, shared by all members of the set'),
    key_arn: z.string().nullable(),
    alias: z.string().nullable(),
    account: z.string().nullable(),
    primary_region: z.string().nullable(),
    origin: z.string().nullable(),
    region: z.string(),
    state: z.enum(coverageStates),
    code: z.enum(Object.keys(coverageFindings) as CoverageCode[]).describe('Stable code of the finding'),
    message: z.string().describe('Cause and fix'),
    member_id: z.string().nullable().describe('CCKM id of the member in this Region'),
    key_state: z.string().nullable().describe('As CCKM reports it'),
    valid_to: time.nullable().describe('When its imported key material expires; null: never, or not known'),
    diff: z
      .array(z.object({ field: z.enum(sameAsPrimaryFields), wanted: z.unknown(), present: z.unknown() }))
      .nullable()
      .describe('How it differs from the policy; null: not compared'),
    material: z
      .object({
        how: z.enum(['refreshed', 'read_twice']).nullable(),
        current: z.string().nullable(),
        primary_current: z.string().nullable(),
        ids: z.array(z.string()),
        primary_ids: z.array(z.string()),
      })
      .nullable()
      .describe('For a proof: the compared ids of key material, and how the member was read'),
  })
  .meta({ id: 'CoverageCell' });

const legend = coverageStates.map((state) => `${coverageLetters[state]} ${state}`).join(', ');

export const coverageMatrixViewSchema = z
  .object({
    regions: z.array(z.string()).describe('In the order of the policy'),
    keys: count.describe('Keys that match the filter; without a filter, all keys of the check'),
    items: z.array(
      z.object({
        index: count.describe('Position in the fixed order of keys, from 0'),
        key_id: z.string().describe('For `GET …/cells?key=`'),
        alias: z.string().nullable(),
        account: z.string().nullable(),
        primary_region: z.string().nullable(),
        cells: z
          .string()
          .describe(`One letter per entry of \`regions\`: ${legend}, ${notRequiredLetter} not required there`)
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
