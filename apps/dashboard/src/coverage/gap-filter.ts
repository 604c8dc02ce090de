import { type CoverageState, coverageStates } from '@keyferry/core';
import { useSearchParams } from 'wouter';

const gapStates: readonly CoverageState[] = coverageStates.filter((state) => state !== 'covered');

/** Which gaps are listed, and after which cursor: in the address, so that it can be pasted elsewhere. */
export function useGapFilter() {
  const [search, setSearch] = useSearchParams();
  const filter = {
    state: gapStates.find((state) => state === search.get('state')) ?? null,
    region: search.get('region') || null,
    q: search.get('q') ?? '',
  };
  const set = (name: 'state' | 'region' | 'q' | 'after', value: string | null, replace = true) => {
    setSearch(
      (now) => {
        const next = new URLSearchParams(now);
        next.delete('after');
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace },
    );
  };
  return {
    filter,
    after: search.get('after'),
    filtered: filter.state !== null || filter.region !== null || filter.q !== '',
    change: (name: 'state' | 'region' | 'q', value: string | null) => set(name, value),
    clear: () => setSearch({}, { replace: true }),
    turnTo: (cursor: string | null) => set('after', cursor, false),
  };
}

export { gapStates };
