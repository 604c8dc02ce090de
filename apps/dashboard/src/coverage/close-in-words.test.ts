import type { CoverageCounts } from '@keyferry/core';
import { noCells } from '@keyferry/core';
import { expect, test } from 'vitest';
import { closeInWords } from './close-in-words.ts';

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
    'A plan is made of 9 missing replicas: 8 in eu-west-1, 1 in us-west-2. Those that can never be made, as of single-Region keys, are left out.',
    'Each is checked once more before its call: what is there by then is not made again.',
    'It does not help what is 1 unknown, 2 disabled: the gaps say what does.',
  ]);
});
