import type { DrillItem } from '@keyferry/core';
import type { EvidenceDrill } from '../drill-evidence.ts';

/** What a report draws of all items: the matrix, or only its gaps where it is too large to be read, and when keys were done. */

export interface MatrixRow {
  readonly key: string;
  readonly arn: string | null;
  readonly account: string;
  readonly primaryRegion: string;
  readonly cells: Map<string, string | null>;
}

export interface Picture {
  readonly regions: readonly string[];
  readonly rows: readonly MatrixRow[];
  /** Only keys with a gap are among the rows. */
  readonly gapsOnly: boolean;
  /** Keys with a gap for which there was no more room. */
  readonly more: number;
  /** All key × Region, reached or not. */
  readonly total: number;
  /** When each key × Region was usable (T4) and reached (T5, else T4), milliseconds after T0, in order. */
  readonly usableMs: readonly number[];
  readonly reachedMs: readonly number[];
}

/** A matrix of more keys is not read by anybody: the rest stands in items.csv. */
const mostKeys = 200;
const mostGaps = 400;

export function drawPicture({ scope, declared_at: declared }: Pick<EvidenceDrill, 'scope' | 'declared_at'>): {
  add(item: DrillItem): void;
  end(): Picture;
} {
  const gapsOnly = scope.keys > mostKeys;
  const rows = new Map<string, MatrixRow>();
  const beyond = new Set<string>();
  const regions = new Set<string>();
  let total = 0;
  const usable: number[] = [];
  const reached: number[] = [];
  /** The key whose items come in now: a gap may show in the last of them. */
  let current: MatrixRow | null = null;
  const settle = () => {
    if (current === null) return;
    const hasGap = current.cells.values().some((state) => state !== 'covered');
    const room = rows.size < (gapsOnly ? mostGaps : mostKeys);
    if (!gapsOnly || hasGap) {
      if (room) rows.set(current.key, current);
      else beyond.add(current.key);
    }
    current = null;
  };
  let key: string | null = null;
  return {
    add(item) {
      const id = item.mrk || item.key_id;
      if (id !== key) {
        settle();
        key = id;
        const { alias, account, primary_region: primaryRegion, key_arn: arn } = item;
        current = { key: alias === null ? id : `${alias} · ${id}`, arn, account, primaryRegion, cells: new Map() };
      }
      current?.cells.set(item.region, item.state);
      regions.add(item.region);
      total += 1;
      if (item.usable_at !== null) usable.push(Date.parse(item.usable_at) - Date.parse(declared));
      if (item.reached_ms !== null) reached.push(item.reached_ms);
    },
    end() {
      settle();
      return {
        regions: [...regions].toSorted(),
        rows: [...rows.values()],
        gapsOnly,
        more: beyond.size,
        total,
        usableMs: usable.toSorted((a, b) => a - b),
        reachedMs: reached.toSorted((a, b) => a - b),
      };
    },
  };
}
