import { type CoveragePolicyView, openCheckStates } from '@keyferry/core';

/** How a policy fares. `unknown`: its newest check could not be made, so what is known is old. */
type PolicyStanding = 'unknown' | 'gaps' | 'unchecked' | 'covered';

type StandingPolicy = Pick<CoveragePolicyView, 'name' | 'last_check' | 'newest_check'>;

export function standingOfPolicy({ last_check, newest_check }: StandingPolicy): PolicyStanding {
  if (newest_check?.state === 'failed') return 'unknown';
  if (last_check === null) return 'unchecked';
  return last_check.passed ? 'covered' : 'gaps';
}

/** Whether a check of it is under way, or about to be. */
export function isBeingChecked({ newest_check }: Pick<CoveragePolicyView, 'newest_check'>): boolean {
  return newest_check !== null && openCheckStates.includes(newest_check.state);
}
