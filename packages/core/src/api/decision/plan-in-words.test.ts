import { expect, it } from 'vitest';
import { type PlanSpecInput, planSpecSchema } from '../../plan/spec.ts';
import type { PreviewView } from '../preview-view.ts';
import type { PlanView } from '../views.ts';
import type { DecisionSection } from './decision-section.ts';
import { type PlanDecisionFacts, planInWords } from './plan-in-words.ts';

const now = Date.parse('2026-11-24T12:00:00.000Z');
const keyId = (n: number) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;

function plan(spec: Partial<PlanSpecInput> = {}, more: Partial<PlanView> = {}): PlanView {
  const keys = [keyId(1), keyId(2)];
  const given = { name: 'dr', keys, regions: ['eu-west-1', 'eu-central-1'], ...spec };
  return {
    ...{ id: 'a-plan', name: given.name, operation: spec.operation ?? 'replicate', spec: planSpecSchema.parse(given) },
    ...{ spec_sha256: 'a1', resolved_sha256: 'b2', created_by: 'olga', proposed_by: ['olga', 'otto'] },
    ...{ created_at: '2026-11-24T11:00:00.000Z', approvals_required: 2, approvals: [], changed_since_preview: null },
    approval_rules: { version: 4, names: ['prod', 'many'] },
    counts: { total: 4, pending: 2, already_present: 1, blocked: 1 },
    ...more,
  } as unknown as PlanView;
}

const none = { total: 0, items: [] };
function facts(preview: Partial<PreviewView> = {}, matrix: Partial<PlanDecisionFacts['matrix']> = {}) {
  return {
    preview: {
      ...{ reasons: [], warnings: [], window: null, lower_bound_seconds: 90, expected_seconds: 7_500 },
      origins: [
        { account: '111122223333', primary_region: 'us-east-1', keys: 1 },
        { account: '444455556666', primary_region: 'us-east-1', keys: 1 },
      ],
      ...{ from_primaries: none, row_settings: none },
      ...preview,
    } as unknown as PreviewView,
    matrix: {
      ...{ keys: 2, regions: ['eu-west-1', 'eu-central-1'] },
      items: [
        {
          ...{ index: 0, key_id: keyId(1), alias: 'alias/pay', cells: 'pp' },
          ...{ account: '111122223333', primary_region: 'us-east-1' },
        },
        { index: 1, key_id: keyId(2), alias: null, account: null, primary_region: null, cells: 'pb' },
      ],
      ...matrix,
    },
  } satisfies PlanDecisionFacts;
}

/** The sections as text, a line each; what deserves a second look has a "!". */
const textOf = (sections: readonly DecisionSection[]): string[] =>
  sections.flatMap(({ lines }) =>
    lines.flatMap(({ label, said, warns }) => said.map((text) => `${warns ? '!' : ''}${label}: ${text}`)),
  );

it('says what a plan does, with which keys and where, by whom, and last its hashes', () => {
  const sections = planInWords(plan({ options: { change_ticket: 'CHG-1', max_in_flight: 5 } }), facts(), now);
  expect(sections.map(({ title }) => title)).toEqual([
    'What it does',
    'Keys and Regions',
    'Replica settings',
    'Pace and failure handling',
    'People',
    'What is approved',
  ]);
  const told = textOf(sections);
  expect(told[0]).toBe(
    ': Create replicas of 2 keys of 2 accounts in eu-west-1 and eu-central-1; the primaries are in us-east-1.',
  );
  expect(told).toEqual(
    expect.arrayContaining([
      'Change ticket: CHG-1',
      'Replicas: 4: 2 pending, 1 already present, 1 blocked',
      ': Once the cause is fixed, a retry also runs the blocked ones, under this approval.',
      'Source Regions: us-east-1 (2 keys)',
      'Target Regions: eu-west-1, eu-central-1',
      'Accounts: 111122223333 (1 key), 444455556666 (1 key)',
      'Selected by: Name (2 given)',
      `Keys: alias/pay (${keyId(1)}), 111122223333, primary in us-east-1`,
      `Keys: ${keyId(2)}, account unknown, primary in an unknown Region`,
      'Starts: After the last approval',
      'Windows: At any time',
      'Limits: Max in flight 5, priority 0',
      'Duration: At least 1 min 30 s at the AWS quotas, 2 h 5 min expected',
      'Order: All Regions at once',
      '!On failure: Never halts on failures.',
      'Proposed by: olga and otto, who cannot approve it',
      'Approvals required by: rules prod and many of version 4',
      'Approvals: 0 of 2 given',
    ]),
  );
  expect(told.slice(-2)).toEqual(['SHA-256 of the plan: a1', 'SHA-256 of its rows: b2']);
});

it('says of a promotion which primaries move from where, and that it makes nothing', () => {
  const moving = plan({ operation: 'promote', regions: ['eu-west-1'] });
  const told = planInWords(moving, facts({}, { regions: ['eu-west-1'] }), now);
  expect(textOf(told)[0]).toBe(
    ': Move the primaries of 2 keys of 2 accounts to eu-west-1; the primaries are in us-east-1 now.',
  );
  expect(told.map(({ title }) => title)).not.toContain('Replica settings');
});

it('shows the policy with its principals, from the plan, an override or a primary', () => {
  const open = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*' }] };
  const anyone = '!Key policy: Allows ANYONE (Principal "*"): kms:*, without a condition';
  const given = planInWords(plan({ replica: { aws_param: { Policy: open } } }), facts(), now);
  expect(textOf(given)).toContain(anyone);
  expect(given[2]?.lines.find(({ document }) => document)?.said.join('\n')).toBe(JSON.stringify(open, null, 2));

  const overrides = [{ key: keyId(1), region: 'eu-west-1', replica: { aws_param: { Policy: open } } }];
  const overridden = textOf(planInWords(plan({ overrides }), facts(), now));
  expect(overridden).toContain(`Override: 1 of 1, for ${keyId(1)} in eu-west-1:`);
  expect(overridden).toContain(anyone);
  expect(overridden.some((line) => line.startsWith('Key policy: None given'))).toBe(true);

  const item = { key_id: 'k', alias: 'alias/a', region: 'eu-west-1', sha256: 'c', replicas: 3, settings: {} };
  const from_primaries = {
    total: 30,
    items: [
      { ...item, settings: { policy: open, tags: [{ TagKey: 'team', TagValue: 'pay' }] } },
      { ...item, alias: 'alias/b', replicas: 1, settings: { policy: open } },
    ],
  };
  const copied = textOf(
    planInWords(plan({ replica: { same_as_primary: ['policy', 'tags'] } }), facts({ from_primaries }), now),
  );
  expect(copied).toEqual(
    expect.arrayContaining([
      'Same as primary: key policy and tags, read when the plan is resolved',
      'From primaries: For alias/a in eu-west-1 and 2 more replicas:',
      anyone,
      'Tags: team = pay',
      'Key policy: The same as for alias/a in eu-west-1.',
      '!From primaries: And 28 others, not shown here: see each replica.',
    ]),
  );
  expect(copied.filter((line) => line === anyone)).toHaveLength(1);
});

it('says how many there are of what it does not list', () => {
  const overrides = Array.from({ length: 25 }, () => ({ replica: { aws_param: { Description: 'x' } } }));
  const origins = Array.from({ length: 25 }, (_, n) => ({
    ...{ account: String(100_000_000_000 + n), primary_region: 'us-east-1', keys: 2 },
  }));
  const told = textOf(planInWords(plan({ overrides }), facts({ origins }, { keys: 50_000 }), now));
  expect(told).toContain('!Override: And 5 others, not shown here: see the spec of the plan.');
  expect(told).toContain('Keys: and 49,998 more');
  expect(told.find((line) => line.startsWith('Accounts:'))).toMatch(/and 5 more$/);
});

it('hides nothing: control and bidirectional characters stand as their codes, and a new line makes no line', () => {
  const sly = 'ok\u202e\u001b[2K\nApprovals: 2 of 2 given';
  const seen = 'ok<U+202E><U+001B>[2K<U+000A>Approvals: 2 of 2 given';
  const spec = { replica: { aws_param: { Description: sly } }, options: { change_ticket: sly } };
  const sections = planInWords(plan(spec, { name: sly, created_by: sly }), facts(), now);
  const told = textOf(sections);
  expect(told).toContain(`Plan: ${seen} (a-plan)`);
  expect(told).toContain(`Description: ${seen}`);
  expect(told).toContain(`Change ticket: ${seen}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is the point
  expect(told.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
});
