import { type CoverageCheckView, type CoveragePolicyView, endedCheckStates } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../api/client.ts';
import { isBeingChecked } from './policy-standing.ts';

const movingMs = 1_500;
const restingMs = 15_000;

/** How often policies are asked for: soon while one of them is being checked. */
export function whileChecked(policies: readonly CoveragePolicyView[] | undefined): number {
  return policies?.some(isBeingChecked) ? movingMs : restingMs;
}

export function usePolicy(name: string) {
  return useQuery({
    queryKey: ['coverage', 'policy', name],
    queryFn: () => keyferry.request('GET /v1/coverage/policies/{name}', { name }),
    refetchInterval: ({ state: { data } }) => whileChecked(data && [data]),
  });
}

/** A check; one that is not at its end is read until it is. */
export function useCheck(id: string | null) {
  return useQuery({
    queryKey: ['coverage', 'check', id],
    queryFn: () => keyferry.request('GET /v1/coverage/checks/{id}', { id: id ?? '' }),
    enabled: id !== null,
    refetchInterval: ({ state: { data } }) => (data && isEnded(data) ? false : movingMs),
  });
}

function isEnded({ state }: Pick<CoverageCheckView, 'state'>): boolean {
  return endedCheckStates.includes(state);
}

/** The last checks of a policy, the oldest first: read again when there is another. */
export function useTrend({ name, last_check }: Pick<CoveragePolicyView, 'name' | 'last_check'>, checks: number) {
  return useQuery({
    queryKey: ['coverage', 'trend', name, checks, last_check?.id],
    queryFn: () => keyferry.request('GET /v1/coverage/policies/{name}/checks', { name, query: { limit: checks } }),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: last_check !== null,
    select: ({ items }) => items.filter(hasShare).toReversed(),
  });
}

export type DoneCheck = CoverageCheckView & { finished_at: string; covered_percent: number };

function hasShare(check: CoverageCheckView): check is DoneCheck {
  return check.state === 'done' && check.finished_at !== null && check.covered_percent !== null;
}
