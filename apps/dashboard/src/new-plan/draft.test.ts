import { checkInput, manifestSpecSchema, planSpecSchema } from '@keyferry/core';
import { describe, expect, it } from 'vitest';
import { type Draft, emptyDraft, specOf as specOfKeys } from './draft.ts';
import { readKeys } from './read-keys.ts';

const specOf = (draft: Draft) => specOfKeys(draft, readKeys(draft.keysText).keys);

const whole: Draft = { ...emptyDraft, name: 'dr', keysText: 'alias/prod-a', regions: ['eu-west-1'] };

describe('a draft', () => {
  it('that says the least is a valid plan with every default', () => {
    const checked = checkInput(planSpecSchema, specOf(whole));
    expect(checked).toEqual({
      data: planSpecSchema.parse({ name: 'dr', keys: ['alias/prod-a'], regions: ['eu-west-1'] }),
    });
  });

  it('that says nothing is told everything that it lacks', () => {
    const checked = checkInput(planSpecSchema, specOf(emptyDraft));
    const paths = 'errors' in checked ? checked.errors.map(({ path }) => path) : [];
    expect(paths.toSorted()).toEqual(['keys', 'name', 'regions']);
  });

  it('takes one way to set the policy, whatever was typed in the others', () => {
    const typed: Draft = {
      ...whole,
      policyText: '{ "Version": "2012-10-17", "Statement": [] }',
      policytemplate: 'template',
      principals: { ...whole.principals, key_users: ['bob'] },
    };
    const block = (policyWay: Draft['policyWay']) => specOf({ ...typed, policyWay }).replica;
    expect(block('default')).toEqual({});
    expect(block('document')).toEqual({ aws_param: { Policy: { Version: '2012-10-17', Statement: [] } } });
    expect(block('template')).toEqual({ policytemplate: 'template' });
    expect(block('principals')).toEqual({ key_users: ['bob'] });
    for (const way of ['default', 'document', 'template', 'principals'] as const) {
      expect(checkInput(planSpecSchema, specOf({ ...typed, policyWay: way }))).toHaveProperty('data');
    }
  });

  it('may give replicas what their primaries have, where nothing else sets that', () => {
    const same: Draft = { ...whole, same: ['policy', 'tags'] };
    expect(specOf(same).replica).toEqual({ same_as_primary: ['policy', 'tags'] });
    expect(checkInput(planSpecSchema, specOf(same))).toHaveProperty('data');
    const twice = { ...same, policyWay: 'template' as const, policytemplate: 't' };
    expect(checkInput(planSpecSchema, specOf(twice))).toMatchObject({ errors: [{ path: 'replica.same_as_primary' }] });
  });

  it('with a policy that is no JSON is refused where it was typed', () => {
    const checked = checkInput(planSpecSchema, specOf({ ...whole, policyWay: 'document', policyText: '{ "Version"' }));
    expect(checked).toMatchObject({ errors: [{ path: 'replica.aws_param.Policy' }] });
  });

  it('with a manifest names no keys, and Regions only if some were chosen', () => {
    const manifest: Draft = { ...whole, source: 'manifest', regions: [] };
    expect(specOf(manifest)).not.toHaveProperty('keys');
    expect(specOf(manifest)).not.toHaveProperty('regions');
    expect(checkInput(manifestSpecSchema, specOf(manifest))).toHaveProperty('data');
  });

  it('by a selector keeps only the fields that were filled in', () => {
    const chosen: Draft = {
      ...whole,
      source: 'selector',
      selector: { ...emptyDraft.selector, alias: 'alias/prod-*', tags: [{ name: 'tier', value: '1' }] },
    };
    expect(specOf(chosen).selector).toEqual({ alias: 'alias/prod-*', tags: { tier: '1' } });
  });

  it('says its start as a moment, and its failure tolerance in one way', () => {
    const options = {
      ...whole.options,
      start_at: '2026-12-06T02:00',
      tolerance: 'percent' as const,
      toleranceValue: 5,
    };
    expect(specOf({ ...whole, options }).options).toMatchObject({
      start_at: new Date('2026-12-06T02:00').toISOString(),
      failure_tolerance: { percent: 5 },
    });
  });

  it('asks for less usual options only where they were ticked', () => {
    expect(specOf(whole).options).not.toHaveProperty('skip_same_region');
    const options = { ...whole.options, skip_same_region: true };
    expect(specOf({ ...whole, options }).options).toMatchObject({ skip_same_region: true });
  });

  it('says what it took over from another plan beside what was typed', () => {
    const windows = [{ days: ['sat'], from: '22:00', to: '06:00', time_zone: 'UTC' }];
    const kept = { 'options.windows': windows, 'replica.aws_param.Origin': 'EXTERNAL' };
    const spec = specOf({ ...whole, alias: '{alias}', kept });
    expect(spec).toMatchObject({
      options: { windows, priority: 0 },
      replica: { aws_param: { Alias: '{alias}', Origin: 'EXTERNAL' } },
    });
    expect(checkInput(planSpecSchema, spec)).toHaveProperty('data');
  });
});
