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
    const [row] = await tx.$queryRaw<{ factor: number; changed_at: Date; last_throttled_at: Date | null; now: Date }[]>`
      SELECT rate_factor AS factor, factor_changed_at AS changed_at, last_throttled_at, now() AS now
      FROM lanes WHERE account = ${lane.account} AND region = ${lane.region} AND operation = ${lane.operation} FOR UPDATE`;
    if (!row) return;
    const now = row.now.getTime();
    const current = recoveredFactor(row.factor, row.changed_at.getTime(), now);
    const factor = cutRate(current, row.last_throttled_at?.getTime() ?? null, now);
    await tx.$executeRaw`
      UPDATE lanes SET throttled_total = throttled_total + 1, last_throttled_at = now(), rate_factor = ${factor},
        factor_changed_at = now(),
        next_slot_at = greatest(next_slot_at, now() + make_interval(secs => ${pauseMs / 1000}))
      WHERE account = ${lane.account} AND region = ${lane.region} AND operation = ${lane.operation}`;
  });
}

/** How long a throttle in one Region is remembered when another Region is throttled, seconds. */
const togetherSeconds = 3;

/**
 * Which of a replicate-key's lanes AWS throttled; it does not say. The narrow one, `CreateKey` in the replica's Region,
 * unless other Regions are throttled at the same time and the one lane that they share, `ReplicateKey` in the primary's,
 * is what holds the calls back: so the trouble of one Region never slows the others.
 */
export async function throttledLane(
  store: Store,
  { account, primary_region: primaryRegion, region }: { account: string; primary_region: string; region: string },
): Promise<LaneKey> {
  const [shared] = await store.prisma.$queryRaw<{ blamed: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM lanes s, lanes n WHERE (s.account, s.region, s.operation) = (${account}, ${primaryRegion}, 'ReplicateKey')
        AND (n.account, n.region, n.operation) = (${account}, ${region}, 'CreateKey')
        AND s.next_slot_at >= n.next_slot_at
    ) AND EXISTS (
      SELECT 1 FROM lanes o WHERE o.account = ${account} AND o.operation = 'CreateKey' AND o.region <> ${region}
        AND o.last_throttled_at > now() - make_interval(secs => ${togetherSeconds})
    ) AS blamed`;
  return shared?.blamed
    ? { account, region: primaryRegion, operation: 'ReplicateKey' }
    : { account, region, operation: 'CreateKey' };
}
