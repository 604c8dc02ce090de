import { readdirSync, readFileSync } from 'node:fs';
import { manifestSpecSchema, optionsSchema, type PlanSpecInput, planSpecSchema } from '@keyferry/core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { specOf } from './draft.ts';
import { draftLike, draftOf } from './draft-of-spec.ts';
import { readKeys } from './read-keys.ts';

/** A start is the same moment, however its offset is written. */
const inUtc = <T extends { options: { start_at: string | null } }>(plan: T): T => ({
  ...plan,
  options: { ...plan.options, start_at: plan.options.start_at && new Date(plan.options.start_at).toISOString() },
});

const again = (draft: ReturnType<typeof draftOf>) => specOf(draft, readKeys(draft.keysText).keys);

const folder = new URL('../../../../examples/plans/', import.meta.url);
const examples = readdirSync(folder)
  .map((file) => [file, parse(readFileSync(new URL(file, folder), 'utf8'))] as const)
  .filter(([, { operation }]) => operation !== 'promote');

describe('a form filled from a plan', () => {
  it.each(examples)('says all that %s says', (_, { $schema: _schema, kind: _kind, ...given }) => {
    const plan = planSpecSchema.parse({ ...given, mode: 'execute' });
    expect(planSpecSchema.parse(again(draftOf(plan)))).toEqual(inUtc(plan));
  });

  it('says every option and every way to choose keys that a plan may have', () => {
    const every: PlanSpecInput = {
      name: 'all',
      selector: {
        alias: 'alias/*',
        tags: { tier: '1' },
        account: '111122223333',
        region: 'us-east-1',
        origin: 'EXTERNAL',
        policy_template: 't',
        missing_in: ['eu-west-1'],
      },
      regions: ['eu-west-1', 'eu-west-2'],
      account_regions: { '111122223333': ['eu-west-1'] },
      replica: {
        same_as_primary: ['policy'],
        aws_param: {
          Alias: '{alias}',
          Description: 'd',
          Tags: [{ TagKey: 'a', TagValue: 'b' }],
          BypassPolicyLockoutSafetyCheck: true,
          Origin: 'EXTERNAL',
        },
      },
      overrides: [{ region: 'eu-west-1', replica: { aws_param: { Description: 'other' } } }],
      options: {
        priority: 3,
        max_in_flight: 7,
        failure_tolerance: { percent: 2.5 },
        region_order: 'sequential',
        max_attempts: 2,
        import_material: false,
        replicas_as_primary: true,
        follow_rotation: true,
        require_approval: true,
        approvals: 2,
        start_at: '2027-01-02T03:04:05.000Z',
        change_ticket: 'CHG-1',
        windows: [{ days: ['sat'], from: '22:00', to: '06:00', time_zone: 'UTC' }],
        ignore_tags: ['c7n-*'],
        exact_tags: true,
        skip_same_region: true,
      },
    };
    expect(Object.keys(every.options ?? {}).toSorted()).toEqual(Object.keys(optionsSchema.shape).toSorted());
    const plan = planSpecSchema.parse(every);
    expect(planSpecSchema.parse(again(draftOf(plan)))).toEqual(plan);
  });

  it('asks for the manifest again where one named the keys', () => {
    const plan = manifestSpecSchema.parse({ name: 'rows', regions: ['eu-west-1'] });
    expect(draftOf(plan)).toMatchObject({ source: 'manifest', manifest: null, regions: ['eu-west-1'] });
  });

  it('as a copy has another name, and neither the start nor the ticket of the plan', () => {
    const options = { start_at: '2026-01-01T00:00:00Z', change_ticket: 'CHG-1', priority: 5 };
    const plan = planSpecSchema.parse({ name: 'dr', keys: ['alias/a'], regions: ['eu-west-1'], options });
    const copy = again(draftLike(plan));
    expect(copy).toMatchObject({ name: 'dr (copy)', options: { priority: 5 } });
    expect(copy.options).not.toHaveProperty('start_at');
    expect(copy.options).not.toHaveProperty('change_ticket');
  });
});
