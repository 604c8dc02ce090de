import { expect, test } from 'vitest';
import { adviseUnknownField } from './nearest-field.ts';

test.each([
  ['optoins', 'Did you mean "options"?'],
  ['Regions', 'Did you mean "regions"?'],
  ['options.maxInFlight', 'Did you mean "max_in_flight"?'],
  ['options.failure_tolerance.counts', 'Did you mean "count"?'],
  ['overrides[3].replica.policy_template', 'Did you mean "policytemplate"?'],
  ['replica.aws_param.tags', 'Did you mean "Tags"?'],
  ['priority', '"priority" belongs in "options".'],
  ['replica.Description', '"Description" belongs in "replica.aws_param".'],
  ['options.regions', '"regions" belongs at the top level of a plan.'],
  ['selector.wombat', 'Known: alias, tags, account, region, origin, policy_template, missing_in.'],
])('of %s it says: %s', (path, advice) => {
  expect(adviseUnknownField(path)).toBe(advice);
});
