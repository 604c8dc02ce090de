import { type CoverageCounts, type CoverageState, coverageStates, formatNumber } from '@keyferry/core';
import type { StateLook } from './state-look.tsx';

/** How each state of a key × Region looks that a coverage check found. */
export const coverageLooks = {
  unknown: look('unknown', 'Unknown', '?', 'CCKM does not report it reliably: counts as not covered', 'full'),
  missing: look('missing', 'Missing', '✕', 'There is no such replica', 'full'),
  pending_deletion: look(
    'pending_deletion',
    'Pending deletion',
    '☒',
    'AWS deletes it unless the deletion is cancelled',
    'full',
  ),
  pending_import: look('pending_import', 'Pending import', '⇣', 'It lacks its key material', 'clear'),
  disabled: look('disabled', 'Disabled', '⊘', 'Present, and unusable until it is enabled', 'clear'),
  expiring: look('expiring', 'Expiring', '◷', 'Its key material expires soon, or has expired', 'clear'),
  drifted: look('drifted', 'Drifted', '≠', 'Differs from the policy', 'clear'),
  covered: look('covered', 'Covered', '●', 'Usable, and matches the policy', 'pale'),
} satisfies Readonly<Record<CoverageState, StateLook>>;

function look(
  state: CoverageState,
  label: string,
  shape: string,
  meaning: string,
  weight: StateLook['weight'],
): StateLook {
  return { label, shape, meaning, colour: `var(--coverage-${state})`, weight };
}

/** What a bar of coverage is made of: what is covered first, then what is not so bad, the worst last. */
export function coverageParts(counts: CoverageCounts): { look: StateLook; count: number }[] {
  return coverageStates.toReversed().map((state) => ({ look: coverageLooks[state], count: counts[state] }));
}

/** Key × Region that are not covered. */
export function gapsOf({ total, covered }: Pick<CoverageCounts, 'total' | 'covered'>): number {
  return total - covered;
}

/** The states that there are any of, the worst first: `12 missing, 3 expiring, 85 covered`. */
export function coverageInWords(counts: CoverageCounts): string {
  return told(counts, coverageStates);
}

/** The same of what is not covered. */
export function gapsInWords(counts: CoverageCounts): string {
  return told(
    counts,
    coverageStates.filter((state) => state !== 'covered'),
  );
}

function told(counts: CoverageCounts, states: readonly CoverageState[]): string {
  return states
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state].toLocaleString('en')} ${coverageLooks[state].label.toLowerCase()}`)
    .join(', ');
}

/** Exact, and never rounded up: 100 % is all of them. */
export function percent(covered: number): string {
  return `${formatNumber(covered, 2)} %`;
}
