import { coveragePolicyJsonSchema, type JsonSchema, regionGroupJsonSchema, runbookJsonSchema } from '@keyferry/core';
import { expect, test } from 'vitest';
import { completionsAt } from './complete.ts';

const policy = coveragePolicyJsonSchema();
const runbook = runbookJsonSchema();

/** At the bar. */
const at = (text: string, schema: JsonSchema) => {
  const offset = text.indexOf('|');
  return completionsAt(text.replace('|', ''), offset, schema);
};
const labels = (text: string, schema: JsonSchema) => at(text, schema).options.map(({ label }) => label);

test('an empty document offers its fields, the required ones first, and not those that it has', () => {
  expect(labels('|', policy).slice(0, 2)).toEqual(['name', 'regions']);
  expect(labels('name: a\n|\nregions: []', policy)).not.toContain('name');
  expect(labels('name: a\n|\nregions: []', policy)).not.toContain('regions');
  expect(labels('name: a\nsch|', policy)).toEqual(['schedule']);
});

test('a field that holds fields or items is begun on the next line', () => {
  expect(at('sel|', policy).options[0]?.insert).toBe('selector:\n  ');
  expect(at('st|', runbook).options[0]?.insert).toBe('steps:\n  - ');
  expect(at('  ti|', policy).path).toBe('');
});

test('inside a field its own fields are offered, wherever the cursor stands', () => {
  expect(labels('name: a\nschedule:\n  |\nregions: []', policy)).toEqual(['cron', 'time_zone']);
  expect(labels('name: a\nschedule:\n  cron: x\n  |', policy)).toEqual(['time_zone']);
  expect(at('schedule:\n  time_zone: |', policy).path).toBe('schedule.time_zone');
});

test('values are those that are allowed', () => {
  expect(labels('mode: |', runbook)).toEqual(['live', 'rehearse']);
  expect(at('mode:|', runbook).options[0]?.insert).toBe(' live');
  expect(labels('same_as_primary: [policy, t|', policy)).toEqual(['tags']);
  expect(labels('same_as_primary:\n  - policy\n  - al|', policy)).toEqual(['alias']);
  expect(labels('regions:\n- eu-west-|', policy)).toEqual(['eu-west-1', 'eu-west-2', 'eu-west-3']);
  expect(labels('exact_tags: |', policy)).toEqual(['true', 'false']);
  expect(labels('regions: [eu-north-|', regionGroupJsonSchema())).toEqual(['eu-north-1']);
});

test.each(['steps:\n  - step: promote\n    |', 'steps:\n- step: promote\n  |\n- step: wait'])(
  'a step offers the fields of its kind (%j)',
  (text) => {
    const offered = labels(text, runbook);
    expect(offered).toContain('to');
    expect(offered).not.toContain('step');
    expect(offered).not.toContain('url');
  },
);

test('a step without a kind yet offers the kinds', () => {
  expect(labels('steps:\n  - step: preflight\n  - step: pro|', runbook)).toEqual(['promote']);
  expect(labels('steps:\n  - |', runbook)[0]).toBe('step');
  expect(at('steps:\n  - step: http\n    expect:\n      |', runbook).options.map(({ label }) => label)).toEqual([
    'status',
    'body_contains',
  ]);
});

test('it tells what the field at the cursor is for', () => {
  expect(at('mode: |', runbook)).toMatchObject({ path: 'mode', title: 'Mode' });
  expect(at('steps:\n  - step: wait\n    for: |', runbook).path).toBe('steps[0].for');
});
