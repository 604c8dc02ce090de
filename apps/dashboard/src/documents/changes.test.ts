import { checkInput, coveragePolicySchema } from '@keyferry/core';
import { expect, test } from 'vitest';
import { changesBetween, withoutDefaults } from './changes.ts';

test('changes are told field by field, whatever the order of fields', () => {
  const before = { name: 'a', regions: ['x'], options: { priority: 0, ticket: 'T' }, steps: [{ step: 'wait' }] };
  const after = { options: { priority: 5 }, name: 'a', regions: ['x', 'y'], steps: [{ step: 'wait' }, { step: 'go' }] };
  expect(changesBetween(before, after)).toEqual([
    { path: 'regions', before: ['x'], after: ['x', 'y'] },
    { path: 'options.priority', before: 0, after: 5 },
    { path: 'options.ticket', before: 'T', after: undefined },
    { path: 'steps[1]', before: undefined, after: { step: 'go' } },
  ]);
  expect(changesBetween({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
});

test('what is shown for editing says what must be said, and means the same', () => {
  const read = (spec: unknown) => {
    const checked = checkInput(coveragePolicySchema, spec);
    return 'data' in checked ? checked.data : null;
  };
  const said = { name: 'a', keys: ['mrk-1'], regions: ['eu-west-1'], options: { priority: 7 } };
  const stored = read(said);
  expect(Object.keys(stored as object).length).toBeGreaterThan(5);
  expect(withoutDefaults(stored as object, read)).toEqual(said);
});
