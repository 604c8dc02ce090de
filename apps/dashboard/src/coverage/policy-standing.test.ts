import type { CoverageCheckView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { isBeingChecked, standingOfPolicy } from './policy-standing.ts';

const policy = (
  name: string,
  covered: number | null,
  newest: 'done' | 'failed' | 'running' = 'done',
): Parameters<typeof standingOfPolicy>[0] => ({
  name,
  last_check: covered === null ? null : ({ covered_percent: covered, passed: covered === 100 } as CoverageCheckView),
  newest_check: covered === null && newest === 'done' ? null : { id: name, state: newest },
});

test('a policy is unknown after a failed check, unchecked before its first, else covered or not', () => {
  const policies = [
    policy('whole', 100),
    policy('new', null),
    policy('nearly', 99.99),
    policy('half', 50),
    policy('away', 100, 'failed'),
  ];
  expect(policies.map(standingOfPolicy)).toEqual(['covered', 'unchecked', 'gaps', 'gaps', 'unknown']);
});

test('a check under way says nothing yet of the standing', () => {
  expect(standingOfPolicy(policy('a', 100, 'running'))).toBe('covered');
  expect(isBeingChecked(policy('a', 100, 'running'))).toBe(true);
  expect(isBeingChecked(policy('a', 100, 'failed'))).toBe(false);
});
