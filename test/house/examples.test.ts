import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { planJsonSchema, runbookJsonSchema } from '@keyferry/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { readPolicyFile } from '../../apps/cli/src/coverage-file.ts';
import { readRunbookFile } from '../../apps/cli/src/drills/runbook-file.ts';
import { readPlanFile } from '../../apps/cli/src/plan-file.ts';
import { readScheduleFile } from '../../apps/cli/src/schedule-file.ts';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const published = readFileSync(`${folder}plan.schema.json`, 'utf8');
const plans = readdirSync(`${folder}plans`);

/** As an editor checks a file. The formats it knows are the editor's own; what they check, the API checks too. */
const isPlanToAnEditor = new Ajv2020({ strict: true, strictRequired: false, validateFormats: false }).compile(
  JSON.parse(published),
);

describe('examples/plan.schema.json', () => {
  it('is what `keyferry plan schema` prints: write it anew with that, then npm run format', () => {
    expect(JSON.parse(published)).toEqual(planJsonSchema());
  });

  it.each([
    ['a field that there is not', { name: 'x', keys: ['mrk-1'], regions: ['us-west-2'], optoins: {} }],
    ['a Region that there is not', { name: 'x', keys: ['mrk-1'], regions: ['us-wets-2'] }],
    ['keys in two ways', { name: 'x', keys: ['mrk-1'], selector: { region: 'us-east-1' }, regions: ['us-west-2'] }],
    ['no keys', { name: 'x', regions: ['us-west-2'] }],
  ])('shows %s in an editor', (_what, plan) => {
    expect(isPlanToAnEditor(plan)).toBe(false);
  });
});

describe.each(plans)('examples/plans/%s', (name) => {
  const file = `${folder}plans/${name}`;
  const text = readFileSync(file, 'utf8');

  it('is a plan that the API takes', async () => {
    expect((await readPlanFile(file)).faults).toEqual([]);
  });

  it('is a plan to an editor, which finds the schema by itself', () => {
    isPlanToAnEditor(parse(text));
    expect(isPlanToAnEditor.errors).toBeNull();
    expect(text).toMatch(
      /^(# yaml-language-server: \$schema=\.\.\/plan\.schema\.json\n|\{\n {2}"\$schema": "\.\.\/plan\.schema\.json",\n)/,
    );
  });
});

const drillSchema = readFileSync(`${folder}drill.schema.json`, 'utf8');
const isRunbookToAnEditor = new Ajv2020({ strict: true, strictRequired: false, validateFormats: false }).compile(
  JSON.parse(drillSchema),
);

describe('examples/drill.schema.json', () => {
  it('is what `keyferry drill schema` prints: write it anew with that, then npm run format', () => {
    expect(JSON.parse(drillSchema)).toEqual(runbookJsonSchema());
  });

  it.each([
    ['a field of another step', [{ step: 'wait', for: '3m', to: 'us-west-2' }]],
    ['a duration without its unit', [{ step: 'wait', for: '3' }]],
    ['a step that there is not', [{ step: 'promte', to: 'us-west-2' }]],
    ['no steps', []],
  ])('shows %s in an editor', (_what, steps) => {
    expect(isRunbookToAnEditor({ name: 'x', scenario: 'y', keys: ['mrk-1'], regions: ['us-west-2'], steps })).toBe(
      false,
    );
  });
});

describe.each(readdirSync(`${folder}drills`))('examples/drills/%s', (name) => {
  const file = `${folder}drills/${name}`;

  it('is a runbook that the API takes, an editor knows, and docs/how-to/drills.md names', async () => {
    const text = readFileSync(file, 'utf8');
    expect((await readRunbookFile(file)).faults).toEqual([]);
    isRunbookToAnEditor(parse(text));
    expect(isRunbookToAnEditor.errors).toBeNull();
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/drill\.schema\.json\n/);
    expect(readFileSync(new URL('../../docs/how-to/drills.md', import.meta.url), 'utf8')).toContain(
      `(../../examples/drills/${name})`,
    );
  });
});

const schedules = readdirSync(`${folder}schedules`);

test.each(schedules)('examples/schedules/%s is a schedule that the API takes', async (name) => {
  expect((await readScheduleFile(`${folder}schedules/${name}`)).faults).toEqual([]);
  expect(readFileSync(new URL('../../docs/how-to/scheduling-and-approvals.md', import.meta.url), 'utf8')).toContain(
    `(../../examples/schedules/${name})`,
  );
});

const policies = readdirSync(`${folder}coverage`);

test.each(policies)('examples/coverage/%s is a policy that the API takes', async (name) => {
  expect((await readPolicyFile(`${folder}coverage/${name}`)).faults).toEqual([]);
  expect(readFileSync(new URL('../../docs/how-to/coverage.md', import.meta.url), 'utf8')).toContain(name);
});

test('docs/how-to/plans.md names every example', () => {
  const told = readFileSync(new URL('../../docs/how-to/plans.md', import.meta.url), 'utf8');
  expect(plans.filter((name) => !told.includes(`(../../examples/plans/${name})`))).toEqual([]);
});
