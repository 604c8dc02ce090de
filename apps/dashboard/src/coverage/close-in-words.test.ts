import type { CoverageCounts } from '@keyferry/core';
import { emptyCounts, noCells } from '@keyferry/core';
import { expect, test } from 'vitest';
import { closeInWords, preflightInWords } from './close-in-words.ts';

const counts = (some: Partial<CoverageCounts>): CoverageCounts => ({ ...noCells(), ...some });

test('it says how many replicas are made, where, and what stays a gap', () => {
  const by_region = [
    { region: 'eu-west-1', counts: counts({ total: 9, missing: 8, covered: 1 }) },
    { region: 'eu-west-2', counts: counts({ total: 9, covered: 9 }) },
    { region: 'us-west-2', counts: counts({ total: 9, missing: 1, disabled: 2, unknown: 1, covered: 5 }) },
  ];
  expect(
    closeInWords({ counts: counts({ total: 27, missing: 9, disabled: 2, unknown: 1, covered: 15 }), by_region }),
  ).toEqual([
    '9 missing replicas: 8 in eu-west-1, 1 in us-west-2. Keys that cannot be replicated, such as single-Region keys, are left out.',
    'Preflight checks each replica first and creates nothing. You then see how many it lets through, and decide.',
    'A plan does not fix 1 unknown, 2 disabled: see the gaps for the fix.',
  ]);
});

test('it says how many replicas preflight lets through, and what becomes of the others', () => {
  const replicas = { ...emptyCounts(), total: 20 };
  expect(preflightInWords({ ...replicas, blocked: 20 })).toBe('Preflight lets 0 of 20 replicas through (20 blocked).');
  expect(preflightInWords({ ...replicas, pending: 17, blocked: 2, already_present: 1 })).toBe(
    'Preflight lets 17 of 20 replicas through (2 blocked, 1 already present).',
  );
  expect(preflightInWords({ ...replicas, pending: 20 })).toBe('Preflight lets 20 of 20 replicas through.');
});
