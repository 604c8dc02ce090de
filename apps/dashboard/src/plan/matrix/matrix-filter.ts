import { type ReplicaState, replicaStates } from '@keyferry/core';
import { useSearchParams } from 'wouter';

/** Which keys are shown: those whose alias, id or account contains the text, and that have such a replica. */
export interface MatrixFilter {
  readonly q: string;
  readonly state: ReplicaState | null;
  readonly region: string | null;
}

/** The filter in the address, which can be pasted elsewhere; what else stands there is kept. */
export function useMatrixFilter(): [MatrixFilter, (change: Partial<MatrixFilter>) => void] {
  const [search, setSearch] = useSearchParams();
  const filter: MatrixFilter = {
    q: search.get('q') ?? '',
    state: replicaStates.find((state) => state === search.get('state')) ?? null,
    region: search.get('region') || null,
  };
  const change = (changed: Partial<MatrixFilter>) => {
    setSearch(
      (now) => {
        const next = new URLSearchParams(now);
        for (const [name, value] of Object.entries(changed)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  };
  return [filter, change];
}

export function isFiltered({ q, state, region }: MatrixFilter): boolean {
  return q !== '' || state !== null || region !== null;
}
