import {
  isTerminalReplicaState,
  type ReplicaState,
  replicaStates,
  unsuccessfulReplicaStates,
  waitingReplicaStates,
  warning,
} from '@keyferry/core';
import { newId } from '../new-id.ts';
import { inTransaction, Prisma, records, type Store, type Transaction } from '../store.ts';
import type { ReplicaRow } from './replica-row.ts';

/** The primary of a set by now. */
export interface MovedTo {
  readonly keyId: string;
  readonly keyArn: string | null;
  readonly region: string;
}

/** The key of a plan whose primary has moved, as its rows have it. */
export interface MovedKey {
  readonly plan_id: string;
  readonly key_id: string;
  readonly account: string;
}

interface Row {
  readonly id: string;
  readonly key_id: string;
  readonly lane_id: string;
  readonly primary_region: string;
  readonly region: string;
  readonly wave: number;
  readonly state: ReplicaState;
}

/**
 * Makes the rows of one key of a plan follow its primary: the one place where a row's key id, ARN, lane and Region of the
 * primary change, with the counters of its lanes and its place in the matrix. Rows that a call was made for keep the lane of
 * that call; a released one waits for a slot in the new lane. False: the row is no longer this worker's, or another row of
 * the plan is still to be made for that very primary.
 */
export function followPrimary(
  store: Store,
  { workerId, row, to }: { workerId: string; row: ReplicaRow; to: MovedTo },
): Promise<boolean> {
  return inTransaction(store, async (tx) => {
    const held = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM replicas WHERE id = ${row.id}::uuid AND worker_id = ${workerId}::uuid AND epoch = ${row.epoch}`;
    return held.length === 1 && moveRows(tx, row, to, row.id);
  });
}

/** The same for rows that no worker has, within a transaction. */
export function moveRowsOf(tx: Transaction, key: MovedKey, to: MovedTo): Promise<boolean> {
  return moveRows(tx, key, to, null);
}

async function moveRows(tx: Transaction, key: MovedKey, to: MovedTo, heldId: string | null): Promise<boolean> {
  const rows = await tx.$queryRaw<Row[]>`
    WITH locked AS (
      SELECT * FROM replicas
      WHERE plan_id = ${key.plan_id}::uuid AND (key_id IN (${key.key_id}, ${to.keyId}) OR id = ${heldId}::uuid)
      ORDER BY id FOR UPDATE
    )
    SELECT r.id, r.key_id, r.lane_id, r.primary_region, r.region,
      r.state::text AS state, l.wave
    FROM locked r JOIN plan_lanes l ON l.id = r.lane_id`;
  const ours = rows.filter(({ id, key_id }) => key_id === key.key_id || id === heldId);
  const renamed = ours.filter(({ key_id }) => key_id !== to.keyId);
  const rivals = rows.filter(({ id, key_id }) => key_id === to.keyId && id !== heldId && key.key_id !== to.keyId);
  const regions = new Set(renamed.map(({ region }) => region));
  if (rivals.some(({ region, state }) => regions.has(region) && !isTerminalReplicaState(state))) return false;
  // The plan has named that member too, as a replica: the two keys change places.
  const swapped = rivals.every(({ state }) => isTerminalReplicaState(state)) ? rivals : [];
  const leaving = ours.filter(
    (one) => one.primary_region !== to.region && (one.id === heldId || changesLane(one.state)),
  );
  const lanes = await openLanes(tx, key, to, leaving);
  await moveCounts(
    tx,
    leaving.map((one) => ({ from: one.lane_id, to: lanes.get(one.region) ?? one.lane_id, state: one.state })),
  );
  await rename(tx, swapped, Prisma.sql`'swapped ' || r.key_id`, Prisma.sql`r.key_arn`);
  await follow(tx, ours, leaving, to, lanes);
  await rename(tx, swapped, Prisma.sql`${key.key_id}`, Prisma.sql`NULL`);
  if (renamed.length > 0) {
    await tx.$executeRaw`
      UPDATE plan_keys SET key_id = CASE key_id WHEN ${key.key_id} THEN ${to.keyId} ELSE ${key.key_id} END,
        primary_region = CASE key_id WHEN ${key.key_id} THEN ${to.region} ELSE primary_region END
      WHERE plan_id = ${key.plan_id}::uuid AND (key_id = ${key.key_id} OR (${swapped.length > 0} AND key_id = ${to.keyId}))`;
  }
  await tx.$executeRaw`
    SELECT note_plan_change(${key.plan_id}::uuid, ${ours.slice(0, 500).map(({ id }) => id)}::uuid[], ${ours.length > 500})`;
  return true;
}

/** Rows that may be called for yet go by the lane of the primary of now. */
const changesLane = (state: ReplicaState): boolean =>
  [...waitingReplicaStates, ...unsuccessfulReplicaStates].includes(state);

/** The lanes from the new Region of the primary, by the Region of the replicas; those that lack are made. */
async function openLanes(
  tx: Transaction,
  { plan_id: planId, account }: MovedKey,
  to: MovedTo,
  rows: readonly Row[],
): Promise<Map<string, string>> {
  const wanted = [...new Map(rows.map(({ region, wave }) => [region, { id: newId(), region, wave }])).values()];
  await tx.$executeRaw`
    INSERT INTO plan_lanes (id, plan_id, account, primary_region, region, wave)
    SELECT l.id, ${planId}::uuid, ${account}, ${to.region}, l.region, l.wave
    FROM jsonb_to_recordset(${records(wanted)}) AS l(id uuid, region text, wave int)
    ON CONFLICT (plan_id, account, primary_region, region) DO NOTHING`;
  const lanes = await tx.$queryRaw<{ id: string; region: string }[]>`
    SELECT id, region FROM plan_lanes
    WHERE plan_id = ${planId}::uuid AND account = ${account} AND primary_region = ${to.region}
      AND region = ANY(${wanted.map(({ region }) => region)}::text[])`;
  return new Map(lanes.map(({ id, region }) => [region, id]));
}

/** Takes rows out of the counters of one lane into those of another. Lanes are locked in the order of their ids, as everywhere. */
async function moveCounts(
  tx: Transaction,
  moves: readonly { from: string; to: string; state: ReplicaState }[],
): Promise<void> {
  if (moves.length === 0) return;
  const sums = Prisma.raw(
    replicaStates.map((state) => `coalesce(sum(n) FILTER (WHERE state = '${state}'), 0)::int AS ${state}`).join(', '),
  );
  const added = Prisma.raw(replicaStates.map((state) => `${state} = l.${state} + d.${state}`).join(', '));
  const lanes = [...new Set(moves.flatMap(({ from, to }) => [from, to]))];
  await tx.$executeRaw`SELECT 1 FROM plan_lanes WHERE id = ANY(${lanes}::uuid[]) ORDER BY id FOR UPDATE`;
  await tx.$executeRaw`
    WITH moves AS (SELECT * FROM jsonb_to_recordset(${records(moves)}) AS m("from" uuid, "to" uuid, state text)),
      deltas AS (
        SELECT lane, ${sums} FROM (
          SELECT "from" AS lane, state, -1 AS n FROM moves UNION ALL SELECT "to", state, 1 FROM moves
        ) each GROUP BY lane
      )
    UPDATE plan_lanes l SET ${added} FROM deltas d WHERE d.lane = l.id`;
}

async function follow(
  tx: Transaction,
  rows: readonly Row[],
  leaving: readonly Row[],
  to: MovedTo,
  lanes: ReadonlyMap<string, string>,
): Promise<void> {
  const moves = leaving.map(({ id, lane_id, region }) => ({ id, lane_id: lanes.get(region) ?? lane_id }));
  await tx.$executeRaw`
    WITH moves AS (SELECT * FROM jsonb_to_recordset(${records(moves)}) AS m(id uuid, lane_id uuid))
    UPDATE replicas r SET named_as = coalesce(r.named_as, array_remove(ARRAY[r.key_id, r.key_arn], NULL)),
      key_id = ${to.keyId}, key_arn = ${to.keyArn},
      lane_id = coalesce(m.lane_id, r.lane_id),
      resolved_primary_region = CASE WHEN m.id IS NULL THEN r.resolved_primary_region
        ELSE coalesce(r.resolved_primary_region, r.primary_region) END,
      primary_region = CASE WHEN m.id IS NULL THEN r.primary_region ELSE ${to.region} END,
      warnings = CASE WHEN m.id IS NULL THEN r.warnings ELSE (
          SELECT coalesce(jsonb_agg(w), '[]') FROM jsonb_array_elements(r.warnings) w WHERE w->>'code' <> 'primary_moved'
        ) || ${JSON.stringify([warning('primary_moved', `The primary is now in ${to.region}.`)])}::jsonb END,
      state = CASE WHEN m.id IS NOT NULL AND r.state = 'queued' THEN 'pending' ELSE r.state END,
      slot_at = CASE WHEN m.id IS NOT NULL AND r.state = 'queued' THEN NULL ELSE r.slot_at END,
      epoch = r.epoch + CASE WHEN m.id IS NOT NULL AND r.state = 'queued' THEN 1 ELSE 0 END
    FROM (SELECT unnest(${rows.map(({ id }) => id)}::uuid[]) AS id) o LEFT JOIN moves m USING (id)
    WHERE r.id = o.id`;
}

async function rename(tx: Transaction, rows: readonly Row[], keyId: Prisma.Sql, keyArn: Prisma.Sql): Promise<void> {
  if (rows.length === 0) return;
  await tx.$executeRaw`
    UPDATE replicas r SET named_as = coalesce(r.named_as, array_remove(ARRAY[r.key_id, r.key_arn], NULL)),
      key_id = ${keyId}, key_arn = ${keyArn}
    WHERE r.id = ANY(${rows.map(({ id }) => id)}::uuid[])`;
}
