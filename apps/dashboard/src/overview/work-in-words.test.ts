import type { OverviewView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { workInWords } from './work-in-words.ts';

const plan = (pending: number) => ({ counts: { pending, queued: 0 } });

test.each([
  ['Nothing is running, and nothing waits.', {}, [], 0],
  ['1 plan is under way. 1,200 replicas to be begun.', { running: 1 }, [plan(1200)], 0],
  [
    '2 plans are under way, 1 waits. 6 replicas to be begun.',
    { running: 1, resolving: 1, paused: 1 },
    [plan(1), plan(2), plan(3)],
    0,
  ],
  ['3 plans wait. 1 replica or more to be begun.', { halted: 3 }, [plan(1)], 2],
  ['1 plan waits.', { awaiting_approval: 1 }, [plan(0)], 0],
])('%s', (expected, by_state, items, more) => {
  expect(workInWords({ by_state, items, more } as unknown as OverviewView['plans'])).toBe(expected);
});
