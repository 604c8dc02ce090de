import { type CoverageCheckView, type CoverageState, coverageStates } from '@keyferry/core';
import { useSearchParams } from 'wouter';

const gapStates: readonly CoverageState[] = coverageStates.filter((state) => state !== 'covered');

/** The states of gaps that there are any of in a Region, or in all; the worst first. */
function gapStatesIn({ counts, by_region }: CoverageCheckView, region: string | null) {
  const here = region === null ? counts : by_region.find((one) => one.region === region)?.counts;
  return gapStates.map((state) => ({ state, count: here?.[state] ?? 0 })).filter(({ count }) => count > 0);
}

/** Which gaps are listed, and after which cursor: in the address, so that it can be pasted elsewhere. A state at a time, the worst unless another is chosen. */
export function useGapFilter(check: CoverageCheckView) {
  const [search, setSearch] = useSearchParams();
  const region = search.get('region') || null;
  const states = gapStatesIn(check, region);
  const state = states.find((one) => one.state === search.get('state'))?.state ?? states[0]?.state ?? null;
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
    filter: { region, q: search.get('q') ?? '' },
    states,
    state,
    after: search.get('after'),
    change: (name: 'state' | 'region' | 'q', value: string | null) => set(name, value),
    clear: () => setSearch({}, { replace: true }),
    turnTo: (cursor: string | null) => set('after', cursor, false),
  };
}
