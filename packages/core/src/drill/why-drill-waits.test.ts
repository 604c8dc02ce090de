import { expect, it } from 'vitest';
import { drillStates } from './life.ts';
import { type DrillWaitingFacts, whyDrillWaits } from './why-drill-waits.ts';

const step = { id: 'replicate', state: 'running', required: 0, approvedBy: [], plan: null } as const;
const running: DrillWaitingFacts = {
  state: 'running',
  reason: null,
  workersAlive: 1,
  proposedBy: ['olga'],
  approvers: [],
  required: 2,
  approvedBy: [],
  step,
};
const why = (facts: Partial<DrillWaitingFacts>) => whyDrillWaits({ ...running, ...facts });

it('waits for nothing while its step goes on, and once it has ended', () => {
  const silent = drillStates.filter((state) => why({ state }) === null);
  expect(silent).toEqual(drillStates.filter((state) => !['awaiting_approval', 'paused'].includes(state)));
});

it('waits for approvals of the drill or of its step: how many, and who cannot give them', () => {
  expect(why({ state: 'awaiting_approval', approvedBy: ['bert'] })).toMatchObject({
    code: 'approval_missing',
    message:
      'The drill has 1 of 2 approvals, waiting for 1 more. Cannot approve: olga proposed it; bert approved it already.',
  });
  const waits = { ...step, state: 'awaiting_approval', required: 1 } as const;
  expect(why({ step: waits, approvers: ['ann', 'bert'] })?.message).toBe(
    'Step replicate has 0 of 1 approval, waiting for 1 more. Cannot approve: olga proposed it; anyone but ann, bert.',
  );
});

it('waits for what the plan of its step waits for', () => {
  const plan = { id: '0190', code: 'lane_down', message: 'eu-west-1 is down.', since: 1, until: 2 } as const;
  expect(why({ step: { ...step, plan } })).toEqual({
    code: 'lane_down',
    message: 'Step replicate waits for plan 0190: eu-west-1 is down.',
    since: 1,
    until: 2,
  });
});

it('waits for a worker, or for a person who resumes it', () => {
  expect(why({ workersAlive: 0 })).toMatchObject({ code: 'no_worker' });
  expect(why({ state: 'paused', reason: 'Paused by olga.' })).toMatchObject({
    code: 'person',
    message: 'Paused by olga.',
  });
});
