import {
  coveredPercent,
  type DrillItem,
  type DrillMove,
  type DrillTimes,
  exactDurationInWords,
  tallyTimes,
} from '@keyferry/core';
import type { EvidenceCell, EvidenceDrill } from './drill-evidence.ts';

/** What the rows of a pack add up to. Whoever verifies it adds them up again. */

export interface MoveTally {
  readonly total: number;
  readonly by_state: Readonly<Record<string, number>>;
  /** Moves to each Region. */
  readonly by_region: Readonly<Record<string, number>>;
}

export interface CellTally {
  readonly total: number;
  readonly by_state: Readonly<Record<string, number>>;
  readonly covered_percent: number;
}

/** Where the drill fell short of what was wanted. */
export interface Deviation {
  readonly code: 'rto_missed' | 'rpo_missed' | 'not_covered';
  readonly region: string;
  readonly expected: string;
  readonly actual: string;
}

export interface EvidenceTally {
  readonly times: DrillTimes;
  readonly promotions: MoveTally;
  readonly coverage: CellTally;
  readonly deviations: readonly Deviation[];
}

export interface Tallier {
  item(item: DrillItem): void;
  move(move: DrillMove): void;
  cell(cell: Pick<EvidenceCell, 'state'>): void;
  end(): EvidenceTally;
}

export function tallyEvidence({ targets }: Pick<EvidenceDrill, 'targets'>): Tallier {
  const times = tallyTimes({ rtoMs: targets.rto_ms, rpoMs: targets.rpo_ms });
  const moves = { state: new Map<string, number>(), region: new Map<string, number>() };
  const cells = new Map<string, number>();
  const uncovered = new Map<string, number>();
  return {
    item(item) {
      times.add(item);
      if (item.state !== 'covered') count(uncovered, item.region);
    },
    move({ state, region }) {
      count(moves.state, state);
      count(moves.region, region);
    },
    cell: ({ state }) => count(cells, state),
    end() {
      const result = times.times();
      const total = sum(cells);
      return {
        times: result,
        promotions: { total: sum(moves.state), by_state: sorted(moves.state), by_region: sorted(moves.region) },
        coverage: {
          total,
          by_state: sorted(cells),
          covered_percent: coveredPercent({ covered: cells.get('covered') ?? 0, total }) ?? 0,
        },
        deviations: deviations(result, uncovered),
      };
    },
  };
}

function deviations({ rto, rpo }: DrillTimes, uncovered: ReadonlyMap<string, number>): Deviation[] {
  const late = rto.by_region.filter(({ met }) => met === false);
  const unequal = rpo.by_region.filter(({ met }) => met === false);
  return [
    ...late.map(({ region, cells, reached, within_target: within, max_ms: max }): Deviation => {
      const unknown = cells - reached;
      const longest =
        max === null ? `${unknown} of them never seen usable` : `the last after ${exactDurationInWords(max)}`;
      return {
        code: 'rto_missed',
        region,
        expected: `all ${cells} within ${exactDurationInWords(rto.target_ms ?? 0)}`,
        actual: `${within} of ${cells} in time, ${longest}`,
      };
    }),
    ...unequal.map(
      ({ region, cells, compared, equal }): Deviation => ({
        code: 'rpo_missed',
        region,
        expected: `all ${cells} with the primary's key material`,
        actual: `${equal} of ${cells} shown to be equal, ${compared - equal} other, ${cells - compared} not compared`,
      }),
    ),
    ...[...uncovered]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([region, gaps]): Deviation => ({
          code: 'not_covered',
          region,
          expected: 'all covered by the last check',
          actual: `${gaps} not covered`,
        }),
      ),
  ];
}

const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
const sum = (counts: ReadonlyMap<string, number>): number => counts.values().reduce((total, one) => total + one, 0);
const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
