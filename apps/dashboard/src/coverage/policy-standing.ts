import { type CoveragePolicyView, openCheckStates } from '@keyferry/core';

/** How a policy fares, the worst first. `unknown`: its newest check could not be made, so what is known is old. */
const policyStandings = ['unknown', 'gaps', 'unchecked', 'covered'] as const;
type PolicyStanding = (typeof policyStandings)[number];

export type StandingPolicy = Pick<CoveragePolicyView, 'name' | 'last_check' | 'newest_check'>;

export function standingOfPolicy({ last_check, newest_check }: StandingPolicy): PolicyStanding {
  if (newest_check?.state === 'failed') return 'unknown';
  if (last_check === null) return 'unchecked';
  return last_check.passed ? 'covered' : 'gaps';
}

/** Whether a check of it is under way, or about to be. */
export function isBeingChecked({ newest_check }: Pick<CoveragePolicyView, 'newest_check'>): boolean {
  return newest_check !== null && openCheckStates.includes(newest_check.state);
}

/** The worst first, then what is covered least, then by name. */
export function worstFirst<Policy extends StandingPolicy>(policies: readonly Policy[]): Policy[] {
  const rank = (policy: Policy) => policyStandings.indexOf(standingOfPolicy(policy));
  const covered = ({ last_check }: Policy) => last_check?.covered_percent ?? 0;
  return policies.toSorted(
    (a, b) => rank(a) - rank(b) || covered(a) - covered(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}
