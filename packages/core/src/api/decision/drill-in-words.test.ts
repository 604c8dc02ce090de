import { expect, it } from 'vitest';
import { type RunbookInput, runbookSchema } from '../../drill/runbook.ts';
import type { DrillView } from '../drill-views.ts';
import { drillInWords } from './drill-in-words.ts';

const key = { key_id: 'k-1', alias: 'alias/pay', account: '111122223333', primary_region: 'us-east-1' };
const runbook = {
  name: 'evacuation',
  scenario: 'us-east-1 is gone\u202e',
  keys: ['mrk-1234567890abcdef1234567890abcdef'],
  regions: ['eu-west-1', 'eu-central-1'],
  lost_regions: ['us-west-2'],
  approvers: ['anna', 'bert'],
  steps: [
    { step: 'preflight' },
    { step: 'replicate', regions: ['eu-west-1'], timeout: '1h' },
    { step: 'verify' },
    { step: 'wait', for: '10m' },
    { step: 'approve', message: 'Move\u2066 them?' },
    { step: 'promote', to: 'eu-west-1', title: 'Move the ledger', on_failure: 'rollback' },
    {
      ...{ step: 'http', url: 'https://checks.example.com/decrypt?all', method: 'POST', bearer: 'payments-check' },
      ...{ body: '{"a":1}', headers: { accept: 'text/plain' }, every: '10s' },
    },
  ],
} satisfies RunbookInput;

function tell(more: Partial<RunbookInput> = {}, step: string | null = null) {
  const spec = runbookSchema.parse({ ...runbook, ...more });
  const drill = {
    ...{ id: 'a-drill', name: spec.name, scenario: spec.scenario, mode: spec.mode, spec, keys: 30 },
    ...{ spec_sha256: 'a1', scope_sha256: 'b2', created_by: 'olga', proposed_by: ['olga'], declared_at: 'then' },
    ...{ change_ticket: 'CHG-1', lost_regions: spec.lost_regions, regions: spec.regions, approvals_required: 2 },
    approval_rules: { version: 1, names: ['moves'] },
    approvals: [{ approver: 'anna', role: 'approver', step: null, decision: 'approve', comment: 'fine', at: 'now' }],
  } as unknown as DrillView;
  return drillInWords(drill, { keys: [key] }, step);
}

it('says what a drill does, to which keys, who decides, and last its hashes', () => {
  const told = tell().flatMap(({ lines }) => lines.map(({ label, said }) => [label, ...said]));
  expect(told[0]).toEqual(['', 'Live: moves primaries to eu-west-1 and creates missing replicas.']);
  expect(told).toEqual(
    expect.arrayContaining([
      ['Scenario', 'us-east-1 is gone<U+202E>'],
      ['Change ticket', 'CHG-1'],
      ['Assumed lost', 'us-west-2'],
      ['Keys', '30 keys:', 'alias/pay (k-1), 111122223333, primary in us-east-1', 'and 29 more'],
      ['May approve', 'anna and bert, except olga.'],
      ['Approvals required by', 'rule moves of version 1'],
      ['Approvals', '1 of 2 approvals, waiting for 1 more', 'anna (approver) approved at now: fine'],
    ]),
  );
  expect(told.slice(-2)).toEqual([
    ['SHA-256 of the runbook', 'a1'],
    ['SHA-256 of its keys', 'b2'],
  ]);
});

it('shows each step in its order with its target, its time, and what its failure means', () => {
  const steps = tell({}, '5-approve').find(({ title }) => title.startsWith('Steps'))?.lines ?? [];
  const stops = 'If it fails, the drill fails.';
  expect(steps.map(({ label, said }) => [label, ...said])).toEqual([
    ['1. 1-preflight', 'Run preflight checks.', `Timeout 5m. ${stops}`],
    [
      '2. 2-replicate',
      'Replicate missing keys in eu-west-1.',
      'Max in flight 50, priority 0, 8 attempts each. Never halts on failures.',
      'Key material is imported.',
      `Timeout 1h. ${stops}`,
    ],
    ['3. 3-verify', 'Verify every replica.', 'In all Regions of the drill.', `Timeout 1h. ${stops}`],
    ['4. 4-wait', 'Wait 10m.', stops],
    [
      '5. 5-approve',
      'Approve or reject.',
      'Needs 1 approval.',
      'Message: Move<U+2066> them?',
      `Timeout 1d. ${stops}`,
      'This step is waiting for your decision.',
    ],
    [
      '6. 6-promote',
      '“Move the ledger”: Promote to eu-west-1.',
      'The replicas in eu-west-1 become the primaries.',
      'Max in flight 50, priority 0, 8 attempts each. Never halts on failures.',
      'Timeout 2h. If it fails, promoted keys are promoted back and the drill fails.',
    ],
    [
      '7. 7-http',
      'Call checks.example.com.',
      'POST https://checks.example.com/decrypt?all',
      'Header accept: text/plain',
      'With the bearer token payments-check of the workers.',
      'Passes on status 200.',
      'Retried every 10s until it passes.',
      `Timeout 2m. ${stops}`,
    ],
    ['Request body', '{"a":1}'],
  ]);
});

it('says so where the key policy is not known yet', () => {
  const lines = tell({ same_as_primary: ['policy', 'tags'] }).find(({ title }) => title === 'Replica settings')?.lines;
  expect(lines?.map(({ warns, label, said }) => [warns, label, ...said])).toEqual([
    [false, 'Same as primary', 'key policy and tags, read when the plan is resolved'],
    [true, 'Key policy', 'Copied from each primary when the step starts, so it cannot be shown here.'],
  ]);
});

it('says that a rehearsal changes nothing', () => {
  expect(tell({ mode: 'rehearse' })[0]?.lines[0]?.said[0]).toMatch(/^Rehearsal: changes nothing/);
});
