/** What a check says of one key × Region, the worst first: of several things that are the case, the first is told. */
export const coverageStates = [
  'unknown',
  'missing',
  'pending_deletion',
  'pending_import',
  'disabled',
  'expiring',
  'drifted',
  'covered',
] as const;

export type CoverageState = (typeof coverageStates)[number];

/** In these a key works in the Region; some day it may not, or it is other than intended. */
export const usableStates = ['covered', 'drifted', 'expiring'] as const satisfies readonly CoverageState[];

/** A letter for each state, for matrices. */
export const coverageLetters: Readonly<Record<CoverageState, string>> = {
  unknown: 'U',
  missing: 'M',
  pending_deletion: 'P',
  pending_import: 'I',
  disabled: 'D',
  expiring: 'E',
  drifted: 'R',
  covered: 'C',
};

/** In a matrix: the key is not required in this Region. */
export const notRequiredLetter = '.';

/** Why a check was made. */
export const coverageCauses = ['asked', 'scheduled', 'drill'] as const;
export type CoverageCause = (typeof coverageCauses)[number];
