import { describe, expect, it } from 'vitest';
import type { RegionGroup } from '../regions/region-group.ts';
import { regionsOutOfScope } from './out-of-scope.ts';
import { manifestPlanSchema, type PlanSpecInput, planSpecSchema } from './spec.ts';

const scope = { accounts: ['111122223333'], regions: ['eu-west-1', 'eu-north-1'] };
const groups = new Map<string, RegionGroup>([
  ['inside', { regions: ['eu-west-1'], accounts: { '444455556666': ['us-east-1'] } }],
  ['outside', { regions: ['eu-west-1', 'us-east-1', 'us-west-2'] }],
  ['own', { regions: ['us-east-1'], accounts: { '111122223333': ['eu-north-1'] } }],
]);
const told = (spec: Partial<PlanSpecInput>, bound: Parameters<typeof regionsOutOfScope>[0] = scope) =>
  regionsOutOfScope(
    bound,
    planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], ...spec }),
    groups,
  );
const paths = (...asked: Parameters<typeof told>) => told(...asked).map(({ path }) => path);

describe('regionsOutOfScope', () => {
  it('names every place of a plan, and says what is there', () => {
    const spec = {
      regions: ['eu-west-1', 'us-east-1', 'group:outside'],
      account_regions: { '444455556666': ['us-east-1', 'eu-west-1'] },
      selector: { account: '111122223333', region: 'us-east-1', missing_in: ['eu-west-1', 'us-west-2'] },
      keys: undefined,
      overrides: [
        { region: 'us-east-1', replica: {} },
        { key: 'mrk-1', replica: {} },
      ],
    };
    const errors = told(spec);
    expect(errors.map(({ path }) => path)).toEqual([
      ...['regions[1]', 'regions[2]', 'account_regions.444455556666[0]'],
      ...['selector.missing_in[1]', 'overrides[0].region'],
    ]);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['region_out_of_scope']));
    expect(errors[0]?.message).toMatch(
      /^us-east-1 is outside the scope\. Remove it.* This scope: eu-west-1, eu-north-1\.$/,
    );
    expect(errors[1]?.message).toMatch(/^"group:outside" stands for us-east-1, us-west-2, outside/);
  });

  it('asks of a group what it stands for in the accounts of the scope, or in any where that has all', () => {
    expect(paths({ regions: ['group:inside', 'group:own', 'group:unknown'] })).toEqual([]);
    const all = { ...scope, accounts: null };
    expect(paths({ regions: ['group:inside', 'group:own'] }, all)).toEqual(['regions[0]', 'regions[1]']);
    const both = { ...scope, accounts: ['111122223333', '777788889999'] };
    expect(paths({ regions: ['group:inside', 'group:own'] }, both)).toEqual(['regions[1]']);
  });

  it('asks it of the rows of a manifest', () => {
    const regions = ['eu-west-1', 'us-east-1', 'group:outside'];
    const manifest = { format: 'csv', sha256: '0'.repeat(64), rows: 3, regions, with_alias: false };
    const errors = regionsOutOfScope(scope, manifestPlanSchema.parse({ name: 'dr', manifest }), groups);
    expect(errors.map(({ path }) => path)).toEqual(['manifest', 'manifest']);
  });

  it('says nothing where all Regions are in scope', () => {
    expect(paths({ regions: ['us-east-1', 'group:outside'] }, { ...scope, regions: null })).toEqual([]);
  });
});
