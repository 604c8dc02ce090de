import type { Counts, DrillStepView, DrillView, PlanView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { effectOfAbort, effectOfPauseDrill, promoted } from './effect-of.ts';
import { drillClock } from './rto-clock.tsx';
import { actorInWords, missingApprovals, whyNotDecide } from './waits-for.ts';

const step = (kind: string, state: string, progress: DrillStepView['progress'] = null, position = 0) =>
  ({ id: `${position + 1}-${kind}`, position, kind, state, progress }) as DrillStepView;

const drill = (more: Partial<DrillView>): DrillView =>
  ({
    mode: 'live',
    state: 'running',
    created_by: 'olga',
    proposed_by: ['olga', 'otto'],
    approvals: [],
    approvals_required: 2,
    current_step: null,
    steps: [],
    spec: { approvers: [], steps: [], targets: { rto: '30m', rpo: null } },
    ...more,
  }) as unknown as DrillView;

const plan = {
  name: 'move',
  counts: { replicating: 3, creating: 9, importing: 0, pending: 380, queued: 8 } as Counts,
} as PlanView;
const approval = (approver: string, at: string | null = null) =>
  ({
    approver,
    step: at,
    decision: 'approve',
    role: 'approver',
    comment: null,
    at: '',
  }) as DrillView['approvals'][number];

test('a drill says whose decision it lacks, and who cannot give it', () => {
  const waiting = drill({ state: 'awaiting_approval', approvals: [approval('anna')] });
  const wanted = missingApprovals(waiting);
  expect(actorInWords(waiting)).toBe('1 approval missing, not by olga');
  expect(wanted).toMatchObject({ step: null, required: 2 });
  if (wanted === null) throw new Error('it lacks one');
  expect(whyNotDecide(waiting, wanted, 'olga')).toMatch(/You submitted it/);
  expect(whyNotDecide(waiting, wanted, 'otto')).toMatch(/You resumed it/);
  expect(whyNotDecide(waiting, wanted, 'anna')).toMatch(/already/);
  expect(whyNotDecide(waiting, wanted, 'bert')).toBeNull();
  const named = { ...waiting, spec: { ...waiting.spec, approvers: ['carl'] } };
  expect(whyNotDecide(named, wanted, 'bert')).toBe('The runbook lets only carl decide.');
});

test('an approval of the whole drill is none of its step', () => {
  const steps = [step('approve', 'awaiting_approval')];
  const spec = { approvers: [], steps: [{ step: 'approve', approvals: 1 }] };
  const waiting = drill({ current_step: '1-approve', steps, spec, approvals: [approval('anna')] });
  expect(missingApprovals(waiting)).toEqual({ step: '1-approve', required: 1, given: [] });
  expect(actorInWords(waiting)).toBe('1 approval missing for its step');
  expect(missingApprovals({ ...waiting, state: 'paused' })).toBeNull();
});

test('aborting says what finishes, what is cancelled, and what becomes of the promoted keys', () => {
  const steps = [step('promote', 'running', { done: 10, total: 400, failed: 2 }), step('failback', 'pending', null, 1)];
  const running = drill({ steps });
  expect(effectOfAbort(running, plan, true)).toEqual([
    'Of move, 12 in flight finish; 388 pending are cancelled.',
    '2 steps are not done.',
    '10 promoted keys are then moved back to where the primary was.',
    'This cannot be undone.',
  ]);
  expect(effectOfAbort(running, plan, false)[2]).toBe('10 promoted keys stay where the primary is now.');
  expect(effectOfAbort(drill({ mode: 'rehearse', steps }), null, false)[1]).toMatch(/nothing to fail back/);
  expect(effectOfPauseDrill(running, plan)[0]).toBe('Of move, 12 in flight finish.');
  const back = [
    step('promote', 'succeeded', { done: 10, total: 10, failed: 0 }),
    step('failback', 'succeeded', null, 1),
  ];
  expect(promoted(drill({ steps: back }))).toBe(0);
});

test('the clock runs from the declaration to the end', () => {
  const declared_at = '2026-11-24T12:00:00.000Z';
  const now = new Date('2026-11-24T12:10:00.000Z');
  expect(drillClock(drill({ declared_at, finished_at: null }), now)).toEqual({ elapsed: 600, target: 1_800 });
  const finished_at = '2026-11-24T12:05:00.000Z';
  expect(drillClock(drill({ declared_at, finished_at }), now).elapsed).toBe(300);
});
