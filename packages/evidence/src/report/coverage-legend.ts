import { type CoverageState, coverageLetters } from '@keyferry/core';

/** How the matrix of a report shows a state of coverage: by letter and colour, so that a grey print tells too. */
const legend: Readonly<Record<CoverageState, { label: string; tone: string }>> = {
  covered: { label: 'covered', tone: 'good' },
  expiring: { label: 'material expires soon', tone: 'warn' },
  drifted: { label: 'properties drifted', tone: 'warn' },
  disabled: { label: 'disabled', tone: 'bad' },
  pending_import: { label: 'without key material', tone: 'bad' },
  pending_deletion: { label: 'pending deletion', tone: 'bad' },
  missing: { label: 'missing', tone: 'bad' },
  unknown: { label: 'unknown', tone: 'unknown' },
};

export function legendOf(state: string | null): { letter: string; label: string; tone: string } {
  const known = state !== null && state in legend ? (state as CoverageState) : 'unknown';
  return { letter: coverageLetters[known], ...legend[known] };
}
