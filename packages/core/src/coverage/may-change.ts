import type { CoverageCode } from './findings.ts';

/**
 * What a check found that waiting can change: records of CCKM that lag behind AWS, a key that KMS still changes, an import
 * that is in progress. All else stays as it is until a person or a plan acts: a replica that is missing, disabled or pending
 * deletion, a Region that CCKM does not manage. Source: CCKM contract, 2.6 and 2.7; KMS developer guide, key states.
 */
export const passingCodes = [
  'not_listed',
  'primary_unknown',
  'record_incomplete',
  'still_changing',
  'state_unknown',
  'material_unproven',
  'expiry_unknown',
  'policy_unknown',
  'not_confirmed',
  'material_differs',
  'pending_import',
  'material_missing',
  /** Only where a plan makes that replica, or has just made it. */
  'no_replica',
] as const satisfies readonly CoverageCode[];

/** How long records of CCKM may lag behind AWS, milliseconds. */
export const recordsLagMs = 5 * 60_000;

/** How long a verification waits for cells of a code without seeing any of them change, milliseconds. `watchMs`: for keys that KMS still changes. */
export function patienceMs(codes: readonly string[], watchMs: number): number {
  const slow = codes.includes('still_changing') || codes.includes('no_replica');
  return slow ? watchMs : Math.min(recordsLagMs, watchMs);
}

/** Between two checks of one verification, milliseconds: `everyMs` at first, doubled with each that changes nothing, a minute at most. */
export function verifyAgainMs(everyMs: number, unchanged: number): number {
  return Math.max(everyMs, Math.min(60_000, everyMs * 2 ** Math.min(unchanged, 10)));
}
