import { describe, expect, it } from 'vitest';
import { defaultQuotas } from '../pacing/lanes.ts';
import { expectedSeconds, laneLoads, plannedCalls } from './preview.ts';
import { type PlanSpecInput, planSpecSchema } from './spec.ts';

const quota = ({ operation }: { operation: keyof typeof defaultQuotas }) => defaultQuotas[operation];
const account = '111122223333';
const work = (region: string, wave: number, replicas: number, external = 0) => ({
  account,
  primary_region: 'us-east-1',
  region,
  wave,
  replicas,
  external,
});
const plan = (more: Partial<PlanSpecInput> = {}) =>
  planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['us-west-2', 'eu-west-1'], ...more });

describe('a preview', () => {
  it('counts what each lane of AWS has to do, the slowest first', () => {
    const calls = plannedCalls(plan(), [work('us-west-2', 0, 100), work('eu-west-1', 1, 50)]);
    expect(laneLoads(calls, quota)).toEqual([
      { id: `${account}:us-west-2:CreateKey`, calls: 100, cost: 200, seconds: 40 },
      { id: `${account}:us-east-1:ReplicateKey`, calls: 150, cost: 150, seconds: 30 },
      { id: `${account}:eu-west-1:CreateKey`, calls: 50, cost: 100, seconds: 20 },
    ]);
  });

  it('counts aliases and imports, and imports only where the plan imports', () => {
    const spec = plan({ replica: { aws_param: { Alias: '{alias}' } } });
    const external = [work('us-west-2', 0, 10, 10)];
    const lanes = (of: typeof spec) => laneLoads(plannedCalls(of, external), quota).map(({ id }) => id.split(':')[2]);
    expect(lanes(spec).sort()).toEqual([
      'CreateAlias',
      'CreateKey',
      'GetParametersForImport',
      'ImportKeyMaterial',
      'ReplicateKey',
    ]);
    expect(lanes(plan({ options: { import_material: false } })).sort()).toEqual(['CreateKey', 'ReplicateKey']);
    // Once, whoever imports: CCKM by itself, for which the replication reserves it, or Keyferry.
    expect(laneLoads(plannedCalls(spec, external), quota)[0]).toEqual({
      ...{ id: `${account}:us-west-2:GetParametersForImport`, calls: 10, cost: 10, seconds: 10 },
    });
  });

  it('expects the time at the used share of the quotas, wave after wave where Regions go in sequence', () => {
    const calls = plannedCalls(plan(), [work('us-west-2', 0, 100), work('eu-west-1', 1, 50)]);
    expect(expectedSeconds(calls, quota, { headroom: 0.5, sequential: false })).toBe(80);
    expect(expectedSeconds(calls, quota, { headroom: 0.5, sequential: true })).toBe(80 + 40);
    expect(expectedSeconds([], quota, { headroom: 0.5, sequential: true })).toBe(0);
  });
});
