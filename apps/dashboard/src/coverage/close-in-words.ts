import { type CoverageCheckView, countOf, type PlanView } from '@keyferry/core';
import { gapsInWords } from '../states/coverage-states.ts';

/** What closing the gaps of a check does, in its numbers: said before it is done. */
export function closeInWords({ counts, by_region }: Pick<CoverageCheckView, 'counts' | 'by_region'>): string[] {
  if (!counts) return [];
  const where = by_region
    .filter(({ counts: here }) => here.missing > 0)
    .map(({ region, counts: here }) => `${here.missing.toLocaleString('en')} in ${region}`);
  const others = gapsInWords({ ...counts, missing: 0 });
  return [
    `${countOf(counts.missing, 'missing replica')}: ${where.join(', ')}. Keys that cannot be replicated, such as single-Region keys, are left out.`,
    'Preflight checks each replica first and creates nothing. You then see how many it lets through, and decide.',
    ...(others === '' ? [] : [`A plan does not fix ${others}: see the gaps for the fix.`]),
  ];
}

/** How many replicas preflight lets through. */
export function preflightInWords({ total, pending, blocked, already_present }: PlanView['counts']): string {
  const others = [
    blocked > 0 ? `${blocked.toLocaleString('en')} blocked` : '',
    already_present > 0 ? `${already_present.toLocaleString('en')} already present` : '',
  ].filter((text) => text !== '');
  const passed = `Preflight lets ${pending.toLocaleString('en')} of ${countOf(total, 'replica')} through`;
  return `${passed}${others.length === 0 ? '' : ` (${others.join(', ')})`}.`;
}
