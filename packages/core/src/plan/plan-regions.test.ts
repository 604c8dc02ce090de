import { describe, expect, it } from 'vitest';
import { allRegions, regionsOfAccount, regionsOfEntry } from './plan-regions.ts';
import { resolveRegionGroups } from './resolve-region-groups.ts';
import { type PlanSpecInput, planSpecSchema } from './spec.ts';

const eu = { regions: ['eu-west-1', 'eu-central-1'], accounts: { '111122223333': ['eu-north-1'], '444455556666': [] } };
const groups = new Map([['eu', eu]]);
const plan = (more: Partial<PlanSpecInput> = {}) =>
  planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['us-west-2', 'group:eu'], ...more });
const resolve = (spec: ReturnType<typeof plan>) => {
  const answer = resolveRegionGroups(spec, groups);
  if ('errors' in answer) throw new Error(JSON.stringify(answer.errors));
  return answer.spec;
};

describe('a Region group', () => {
  it('stands for its Regions, in their place, and for others where an account has its own', () => {
    const spec = resolve(plan());
    expect(spec.regions).toEqual(['us-west-2', 'eu-west-1', 'eu-central-1']);
    expect(regionsOfAccount(spec, '999900001111')).toEqual(['us-west-2', 'eu-west-1', 'eu-central-1']);
    expect(regionsOfAccount(spec, '111122223333')).toEqual(['us-west-2', 'eu-north-1']);
    expect(regionsOfAccount(spec, '444455556666')).toEqual(['us-west-2']);
    expect(allRegions(spec)).toEqual(['us-west-2', 'eu-west-1', 'eu-central-1', 'eu-north-1']);
  });

  it('is written down in the plan with what it said, and the plan is a valid one with it', () => {
    const spec = resolve(plan());
    expect(spec.region_groups).toEqual({ eu });
    expect(planSpecSchema.parse(spec)).toEqual(spec);
    // Submitted again, it means what it meant.
    expect(resolveRegionGroups(spec, new Map())).toEqual({ spec: { ...spec, region_groups: undefined } });
  });

  it('that does not exist is an error where it is named', () => {
    expect(resolveRegionGroups(plan({ regions: ['group:none', 'eu-west-1'] }), groups)).toMatchObject({
      errors: [{ path: 'regions[0]', code: 'unknown_region_group', message: expect.stringContaining('none') }],
    });
  });

  it('may stand in `missing_in` of a selector, and is written down for it', () => {
    const given = plan({
      keys: undefined,
      regions: ['us-west-2'],
      selector: { missing_in: ['group:eu', 'us-west-2'] },
    });
    const spec = resolve(given);
    expect(spec).toMatchObject({ regions: ['us-west-2'], selector: given.selector, region_groups: { eu } });
    expect(spec.account_regions).toBeUndefined();
    expect(regionsOfEntry(spec, 'group:eu', '111122223333')).toEqual(['eu-north-1']);
    const unknown = resolveRegionGroups(plan({ keys: undefined, selector: { missing_in: ['group:no'] } }), groups);
    expect(unknown).toMatchObject({ errors: [{ path: 'selector.missing_in[0]', code: 'unknown_region_group' }] });
  });

  it('with a wrong name is refused, and an override may name a Region that only the group has', () => {
    expect(planSpecSchema.safeParse({ name: 'x', keys: ['mrk-1'], regions: ['group:No Name'] }).success).toBe(false);
    const overrides = [{ region: 'eu-north-1', replica: { policytemplate: 't' } }];
    expect(planSpecSchema.safeParse(resolve(plan({ overrides }))).success).toBe(true);
    const unused = [{ region: 'ap-south-1', replica: { policytemplate: 't' } }];
    expect(planSpecSchema.safeParse(resolve(plan({ overrides: unused }))).success).toBe(false);
  });

  it('may not mix partitions', () => {
    const mixed = resolveRegionGroups(plan(), new Map([['eu', { regions: ['us-gov-west-1'] }]]));
    expect('spec' in mixed && planSpecSchema.safeParse(mixed.spec).success).toBe(false);
  });
});

it('Regions may be given by account in the plan itself', () => {
  const spec = plan({ regions: ['us-west-2'], account_regions: { '111122223333': ['eu-west-1', 'eu-west-1'] } });
  expect(regionsOfAccount(spec, '111122223333')).toEqual(['eu-west-1']);
  expect(regionsOfAccount(spec, null)).toEqual(['us-west-2']);
});
