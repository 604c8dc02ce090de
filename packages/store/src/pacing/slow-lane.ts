import { cutRate, type LaneKey, recoveredFactor, throttling } from '@keyferry/core';
import { inTransaction, type Store } from '../store.ts';

/**
 * Notes that AWS throttled a call in this lane: the rate falls at once for every plan and worker and comes back with
 * time; no slot is given before `pauseMs` have passed.
 */
export function slowLane(store: Store, lane: LaneKey, pauseMs: number = throttling.cutEveryMs): Promise<void> {
  return inTransaction(store, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO lanes (account, region, operation) VALUES (${lane.account}, ${lane.region}, ${lane.operation})
      ON CONFLICT DO NOTHING`;
    const [row] = await tx.$queryRaw<{ factor: number; changedAt: Date; lastThrottledAt: Date | null; now: Date }[]>`
      SELECT rate_factor AS factor, factor_changed_at AS "changedAt", last_throttled_at AS "lastThrottledAt", now() AS now
      FROM lanes WHERE account = ${lane.account} AND region = ${lane.region} AND operation = ${lane.operation} FOR UPDATE`;
    if (!row) return;
    const now = row.now.getTime();
    const current = recoveredFactor(row.factor, row.changedAt.getTime(), now);
    const factor = cutRate(current, row.lastThrottledAt?.getTime() ?? null, now);
    await tx.$executeRaw`
      UPDATE lanes SET throttled_total = throttled_total + 1, last_throttled_at = now(), rate_factor = ${factor},
        factor_changed_at = now(),
        next_slot_at = greatest(next_slot_at, now() + make_interval(secs => ${pauseMs / 1000}))
      WHERE account = ${lane.account} AND region = ${lane.region} AND operation = ${lane.operation}`;
  });
}
