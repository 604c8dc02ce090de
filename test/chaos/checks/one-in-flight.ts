import type { LedgerEntry } from '../../harness/simulator.ts';
import type { AuditEntry } from '../run/audit.ts';
import { callsByPair, type Evidence } from '../run/evidence.ts';
import type { Violation } from './violation.ts';

const inFlight = new Set(['queued', 'replicating', 'creating', 'importing']);

/** A call's arrival may be stamped this much early or late against the database's clock, which is the same machine's. */
const clocksMs = 50;

/** No two plans have the same pair in flight, no two calls for it are under way, and none is made but for its row. */
export function* onePairInFlightOnce(evidence: Evidence): Iterable<Violation> {
  const promise = 'no two plans ever have the same key × Region in flight';
  const lives = Map.groupBy(evidence.audit, ({ pair }) => pair);
  for (const [pair, changes] of lives) {
    const flying = new Set<string>();
    for (const { replica, to } of changes) {
      if (inFlight.has(to)) flying.add(replica);
      else flying.delete(replica);
      if (flying.size > 1) yield { promise, what: `two rows of ${pair} in flight`, evidence: changes };
    }
  }
  for (const [pair, calls] of callsByPair(evidence)) {
    for (const [i, call] of calls.entries()) {
      const before = calls[i - 1];
      if (before && endOf(before) > call.at)
        yield { promise, what: `two calls for ${pair} under way at once`, evidence: [before, call] };
      if (!replicatingAt(lives.get(pair) ?? [], call.at))
        yield {
          promise,
          what: `a call for ${pair} that no row was claimed for`,
          evidence: { call, life: lives.get(pair) },
        };
    }
  }
}

/** When the caller was let go: work that lands late is nothing that it could wait for. */
function endOf({ at, durationMs, fault }: LedgerEntry): number {
  return fault?.includes('lateMs') ? at : at + (durationMs ?? 0);
}

/** The row of a pair that was `replicating` at a time. */
export function replicatingAt(changes: readonly AuditEntry[], at: number): string | null {
  const since = new Map<string, number>();
  for (const { replica, from, to, at: changedAt } of changes) {
    if (to === 'replicating') since.set(replica, changedAt);
    else if (from === 'replicating') {
      const began = since.get(replica);
      since.delete(replica);
      if (began !== undefined && began - clocksMs <= at && at <= changedAt + clocksMs) return replica;
    }
  }
  return [...since].find(([, began]) => began - clocksMs <= at)?.[0] ?? null;
}
