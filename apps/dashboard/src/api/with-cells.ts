import { type MatrixView, type ReplicaCellView, stateLetters } from '@keyferry/core';

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
