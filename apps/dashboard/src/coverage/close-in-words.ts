import { type CoverageCheckView, countOf } from '@keyferry/core';
import { gapsInWords } from '../states/coverage-states.ts';

/** What closing the gaps of a check does, in its numbers: said before it is done. */
export function closeInWords({ counts, by_region }: Pick<CoverageCheckView, 'counts' | 'by_region'>): string[] {
  if (!counts) return [];
  const where = by_region
    .filter(({ counts: here }) => here.missing > 0)
    .map(({ region, counts: here }) => `${here.missing.toLocaleString('en')} in ${region}`);
  const others = gapsInWords({ ...counts, missing: 0 });
  return [
    `A plan is made of ${countOf(counts.missing, 'missing replica')}: ${where.join(', ')}. Those that can never be made, as of single-Region keys, are left out.`,
    'Each is checked once more before its call: what is there by then is not made again.',
    ...(others === '' ? [] : [`It does not help what is ${others}: the gaps say what does.`]),
  ];
}
