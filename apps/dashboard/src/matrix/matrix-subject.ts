import type { MatrixView } from '@keyferry/core';
import type { QueryKey } from '@tanstack/react-query';
import { regionInFull } from '../regions/region-names.ts';
import type { StateLook } from '../states/state-look.tsx';

export type MatrixKey = MatrixView['items'][number];

interface LookCount {
  readonly look: StateLook;
  readonly count: number;
}

/** How the cells of a Region are doing, or all of them. */
export interface CellSum {
  /** In the order of a bar. */
  readonly parts: readonly LookCount[];
  /** All that is to be known, for those who point at it or hear it. */
  readonly words: string;
  /** Of what is well. */
  readonly done: string;
  /** What is not, the worst first: told in numbers where there is room. */
  readonly open: readonly LookCount[];
  /** Where there is little: what is worst, else how far it is. */
  readonly short: LookCount | string;
}

export type CellCounts<State extends string> = Readonly<Record<State | 'total', number>>;

/** What the cells of a matrix of keys × Regions stand for. */
export interface MatrixCells<State extends string> {
  /** In the order of the legend. */
  readonly states: readonly State[];
  /** By which the API tells them. */
  readonly letters: Readonly<Record<State, string>>;
  readonly looks: Readonly<Record<State, StateLook>>;
  /** Of a state where the primary is, if it looks another way there. */
  readonly looksAtHome?: Partial<Readonly<Record<State, StateLook>>>;
  /** What an empty cell says, with its Region in full. */
  readonly nothing: (region: string) => string;
  /** What is counted: `replicas`. */
  readonly counted: string;
  readonly sumOf: (counts: CellCounts<State>) => CellSum;
}

/** A hundred keys of a matrix, as they are read. */
export interface MatrixPage {
  readonly queryKey: QueryKey;
  readonly queryFn: (context: { signal: AbortSignal }) => Promise<Pick<MatrixView, 'keys' | 'regions' | 'items'>>;
  readonly staleTime?: number;
}

/** The keys that a filter lets through, as a grid or a list shows them. */
export interface MatrixSubject {
  /** With another one it is another list, which begins at its beginning. */
  readonly list: string;
  readonly keys: number;
  readonly regions: readonly string[];
  readonly pageOf: (page: number) => MatrixPage;
  /** How a key stands in the Region of that place; null: there is nothing, or a state that is newer than this page. */
  readonly lookOf: (key: MatrixKey, place: number) => StateLook | null;
  readonly nothing: MatrixCells<string>['nothing'];
  /** The state and Region that are filtered by: others step back. */
  readonly chosen: { readonly look: StateLook | null; readonly region: string | null };
}

/** The same over all keys, whatever is filtered. */
export interface MatrixTotals {
  /** By Region; null until they are there. */
  readonly sums: readonly CellSum[] | null;
  readonly label: string;
  readonly words: string;
}

/** What a person calls a key: its alias, else its id. */
export function keyName({ alias, key_id }: Pick<MatrixKey, 'alias' | 'key_id'>): string {
  return alias ?? key_id;
}

/** Where a key lives. */
export function keyHome({ account, primary_region }: MatrixKey): string {
  return account === null ? 'No such key was found in CCKM' : `Account ${account}, primary in ${primary_region}`;
}

/** What a cell says in words. */
export function cellWords(key: MatrixKey, region: string, look: StateLook | null, { nothing }: MatrixSubject): string {
  if (look !== null) return look.label;
  return key.primary_region === region ? 'The primary is here' : nothing(regionInFull(region));
}
