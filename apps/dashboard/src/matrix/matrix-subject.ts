import type { MatrixView } from '@keyferry/core';
import type { QueryKey } from '@tanstack/react-query';
import type { StateLook } from '../states/state-look.tsx';

export type MatrixKey = MatrixView['items'][number];

/** A hundred keys of a matrix, as they are read. */
export interface MatrixPage {
  readonly queryKey: QueryKey;
  readonly queryFn: (context: { signal: AbortSignal }) => Promise<{ readonly items: readonly MatrixKey[] }>;
}

/** What stands under the head of a Region: how its cells are doing. */
export interface RegionSum {
  /** In the order of a bar. */
  readonly parts: readonly { readonly look: StateLook; readonly count: number }[];
  /** All that is to be known, for those who point at it or hear it. */
  readonly words: string;
  /** Of what is well. */
  readonly done: string;
  /** What is not, the worst first: told in numbers where there is room. */
  readonly open: readonly { readonly look: StateLook; readonly count: number }[];
  /** Where there is little: what is worst, else how far it is. */
  readonly short: { readonly look: StateLook; readonly count: number } | string;
}

/** What a matrix of keys × Regions shows, whatever its cells stand for. */
export interface MatrixSubject {
  /** With another one it is another list, which begins at its beginning. */
  readonly list: string;
  /** That the filter lets through. */
  readonly keys: number;
  readonly regions: readonly string[];
  readonly pageOf: (page: number) => MatrixPage;
  /** How a key stands in the Region of that place; null: there is nothing, or a state that is newer than this page. */
  readonly lookOf: (key: MatrixKey, place: number) => StateLook | null;
  /** What an empty cell says. */
  readonly nothing: (region: string) => string;
  /** Of a key without an account. */
  readonly unknownKey: string;
  /** The state and Region that are filtered by: others step back. */
  readonly chosen: { readonly look: StateLook | null; readonly region: string | null };
}

/** The same over all keys, whatever is filtered. */
export interface MatrixTotals {
  /** By Region; null until they are there. */
  readonly sums: readonly RegionSum[] | null;
  readonly label: string;
  readonly words: string;
}
