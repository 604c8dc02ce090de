import { countsOf } from '@keyferry/core';
import { expect, test } from 'vitest';
import { timeFigure } from './time-figure.ts';

const plan = {
  started_at: '2026-12-01T10:00:00.000Z',
  finished_at: null,
  eta_seconds: 300,
  lower_bound_seconds: 200,
  counts: countsOf({ pending: 50, succeeded: 50 }),
};

test('the time left is at the rate that was measured, beside what the quotas allow', () => {
  expect(timeFigure(plan)).toEqual({ name: 'Time left', value: '5 min', beside: '≥ 1 min 40 s by the AWS quotas' });
});

test('until a rate is measured only what the quotas allow is shown', () => {
  expect(timeFigure({ ...plan, eta_seconds: 100 })).toEqual({
    ...{ name: 'Time left', value: '≥ 1 min 40 s', beside: 'by the AWS quotas' },
  });
  expect(timeFigure({ ...plan, eta_seconds: null }).value).toBe('–');
  expect(timeFigure({ ...plan, eta_seconds: 0, counts: countsOf({ creating: 3, succeeded: 50 }) }).value).toBe('–');
});

test('the time taken of a finished plan is that of its run, whatever was retried later', () => {
  const finished = { ...plan, finished_at: '2026-12-02T10:00:00.000Z' };
  const run = {
    ...{ first_call_at: plan.started_at, last_outcome_at: null, seconds: 240, accepted: 50, per_second: 0.2 },
  };
  expect(timeFigure(finished, run)).toMatchObject({ name: 'Time taken', value: '4 min' });
  expect(timeFigure(finished)).toMatchObject({ value: '1 d' });
});
