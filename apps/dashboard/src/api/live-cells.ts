import { type MatrixView, type ReplicaCellView, stateLetters } from '@keyferry/core';
import type { QueryClient } from '@tanstack/react-query';

/** A page of the matrix takes no longer to read. */
const keptMs = 60_000;

/** What event streams told of replicas lately, by plan. */
const told = new Map<string, { readonly at: number; readonly cells: readonly ReplicaCellView[] }[]>();

/** Puts what the event stream tells of replicas into the pages of the plan's matrix. */
export function noteCells(store: QueryClient, planId: string, cells: readonly ReplicaCellView[]): void {
  const noted = performance.now();
  const lately = told.get(planId)?.filter(({ at }) => noted - at < keptMs) ?? [];
  told.set(planId, [...lately, { at: noted, cells }]);
  for (const query of store.getQueryCache().findAll({ queryKey: ['plan', planId, 'matrix'] })) {
    const { data, dataUpdatedAt, isInvalidated } = query.state;
    const page = data as MatrixView | undefined;
    // What is to be read again stays so, and a page is not the newer for it.
    if (page === undefined || isInvalidated) continue;
    const now = withCells(page, cells);
    if (now !== page) store.setQueryData(query.queryKey, now, { updatedAt: dataUpdatedAt });
  }
}

/** Reads a page of a plan's matrix; what is told meanwhile may be newer than what was read. */
export async function readWithCells(planId: string, read: () => Promise<MatrixView>): Promise<MatrixView> {
  const began = performance.now();
  const page = await read();
  const meanwhile = told.get(planId)?.filter(({ at }) => at >= began) ?? [];
  return meanwhile.reduce((newer, { cells }) => withCells(newer, cells), page);
}

/** A page of a matrix with the states of some replicas in it; the same page when none of them is there, or other than it shows. */
export function withCells(page: MatrixView, cells: readonly ReplicaCellView[]): MatrixView {
  const byKey = Map.groupBy(cells, ({ key_id }) => key_id);
  const places = new Map(page.regions.map((region, place) => [region, place]));
  let changed = false;
  const items = page.items.map((item) => {
    const letters = item.cells.split('');
    for (const { region, state } of byKey.get(item.key_id) ?? []) {
      const place = places.get(region);
      if (place !== undefined && place < letters.length) letters[place] = stateLetters[state];
    }
    const now = letters.join('');
    if (now === item.cells) return item;
    changed = true;
    return { ...item, cells: now };
  });
  return changed ? { ...page, items } : page;
}
