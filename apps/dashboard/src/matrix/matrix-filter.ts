import { useSearchParams } from 'wouter';

/** Which keys are shown: those whose alias, id or account contains the text, and that have such a cell. */
export interface MatrixFilter<State extends string> {
  readonly q: string;
  readonly state: State | null;
  readonly region: string | null;
}

/** The filter in the address, which can be pasted elsewhere; what else stands there is kept. */
export function useMatrixFilter<State extends string>(
  states: readonly State[],
): [MatrixFilter<State>, (change: Partial<MatrixFilter<State>>) => void] {
  const [search, setSearch] = useSearchParams();
  const filter: MatrixFilter<State> = {
    q: search.get('q') ?? '',
    state: states.find((state) => state === search.get('state')) ?? null,
    region: search.get('region') || null,
  };
  const change = (changed: Partial<MatrixFilter<State>>) => {
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

export function isFiltered({ q, state, region }: MatrixFilter<string>): boolean {
  return q !== '' || state !== null || region !== null;
}
