import type { PlanChangesView, Target } from '@keyferry/core';
import { moveRowsOf } from '../replicas/follow-primary.ts';
import { closeDiff, openFromPrimary } from '../seal/policies.ts';
import { type Connection, inTransaction, Prisma, records, type Store, type Transaction } from '../store.ts';
import { goesOn } from './goes-on.ts';
import { noteProposer } from './note-proposer.ts';
import type { ResolvedReplica } from './resolve-plan.ts';

/**
 * Lets a resolved plan go on from where it waits for a person, as far as it may: to `scheduled`, or to wait for the
 * approvals it lacks. Answers false when it is in another state. A plan whose rows were resolved more than `maxAgeMs` ago
 * is checked again first, against what CCKM lists by then: it goes back to `resolving` for that. One that has run before
 * runs on at once: its rows are looked up in CCKM one by one.
 */
export async function letGoOn(
  db: Connection,
  planId: string,
  from: 'previewed' | 'awaiting_approval',
  maxAgeMs: number,
): Promise<boolean> {
  const again = Prisma.sql`(is_approved(p) AND p.started_at IS NULL
    AND p.resolved_at < now() - make_interval(secs => ${maxAgeMs / 1000}))`;
  const changed = await db.$executeRaw`
    UPDATE plans p SET
      state = CASE WHEN ${again} THEN 'resolving' ELSE ${goesOn()} END,
      reason = CASE WHEN ${again} THEN 'The preview is old: it is checked again before any call.' END,
      changed_since_preview = CASE WHEN ${again} THEN coalesce(p.changed_since_preview,
        jsonb_build_object('previewed_at', to_char(p.resolved_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'changes', '[]'::jsonb))
        ELSE p.changed_since_preview END,
      resolved_by = NULL, resolve_not_before = now(), resolve_tries = 0
    WHERE p.id = ${planId}::uuid AND p.state = ${from}::plan_state`;
  return changed === 1;
}

/**
 * Executes a previewed plan for `caller`, who has proposed it then; answers false when it is in another state. One of a
 * drill's rehearsal only previews: nothing would ever let it start.
 */
export function startPreviewed(store: Store, planId: string, caller: string, maxAgeMs: number): Promise<boolean> {
  return inTransaction(store, async (tx) => {
    const [drill] = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM plans WHERE id = ${planId}::uuid AND drill_id IS NOT NULL`;
    if (drill !== undefined) return false;
    const started = await letGoOn(tx, planId, 'previewed', maxAgeMs);
    if (started) await noteProposer(tx, planId, caller);
    return started;
  });
}

/** A key of which rows of a plan are still to be made, as the plan meant it when it was resolved. */
export interface PendingKey {
  readonly key_id: string;
  /** By what overrides know it. */
  readonly named_as: readonly string[] | null;
  readonly alias: string | null;
  readonly aliases: readonly string[];
  readonly targets: readonly Target[];
}

/** The keys of which rows of a plan are pending, with those rows, `size` keys at a time. */
function opened({ seal }: Store, { id, ...target }: Target & { readonly id: string }): Target {
  return { ...target, fromPrimary: openFromPrimary(seal, target.fromPrimary, id) };
}

export async function* eachPendingKeyPage(store: Store, planId: string, size: number): AsyncGenerator<PendingKey[]> {
  let after = '';
  for (;;) {
    type Row = Omit<PendingKey, 'targets'> & { readonly targets: readonly (Target & { readonly id: string })[] };
    const page: Row[] = await store.prisma.$queryRaw<Row[]>`
      SELECT key_id, coalesce(min(named_as), array_remove(ARRAY[key_id, min(key_arn)], NULL)) AS named_as,
        min(alias) AS alias, min(aliases) AS aliases,
        jsonb_agg(jsonb_build_object('id', id, 'region', region, 'settings', settings, 'line', manifest_line,
          'fromPrimary', from_primary) ORDER BY id) AS targets
      FROM replicas WHERE plan_id = ${planId}::uuid AND state = 'pending' AND key_id > ${after}
      GROUP BY key_id ORDER BY key_id LIMIT ${size}`;
    if (page.length > 0) {
      yield page.map((key) => ({ ...key, targets: key.targets.map((one) => opened(store, one)) }));
    }
    after = page.at(-1)?.key_id ?? '';
    if (page.length < size) return;
  }
}

/** A row as a second check found it; `wasKeyId`: the id of the primary before. */
export type RecheckedReplica = ResolvedReplica & { readonly was_key_id: string };

/**
 * Writes what a second check found of rows that are still pending, and counts in the plan what is other than before. Rows of
 * a key whose primary has moved follow it.
 */
export async function recheckReplicas(store: Store, planId: string, rows: readonly RecheckedReplica[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 1000) {
    const part = rows.slice(start, start + 1000);
    await inTransaction(store, async (tx) => {
      // The plan is locked before its replicas, as everywhere.
      const [plan] = await tx.$queryRaw<{ changed: Pick<PlanChangesView, 'changes'> | null }[]>`
        SELECT changed_since_preview AS changed FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
      const moved = new Map(part.filter((row) => row.was_key_id !== row.key_id).map((row) => [row.was_key_id, row]));
      for (const [keyId, row] of moved) {
        const to = { keyId: row.key_id, keyArn: row.key_arn, region: row.primary_region };
        await moveRowsOf(tx, { plan_id: planId, key_id: keyId, account: row.account }, to);
      }
      const batch = await withClosedDiffs(store, tx, planId, part);
      const checked = await tx.$queryRaw<{ state: string; code: string | null }[]>`
        WITH given AS (
          SELECT * FROM jsonb_to_recordset(${records(batch)}) AS g(key_id text, region text, state text, outcome text,
            replica_key_id text, replica_arn text, key_state text, look_first boolean, present_key_id text, error jsonb, warnings jsonb, diff jsonb)
        ), held AS (
          SELECT r.id FROM replicas r JOIN given g ON g.key_id = r.key_id AND g.region = r.region
          WHERE r.plan_id = ${planId}::uuid AND r.state = 'pending' ORDER BY r.id FOR UPDATE OF r
        )
        UPDATE replicas r SET state = g.state::replica_state, outcome = g.outcome::replica_outcome,
          replica_key_id = g.replica_key_id, replica_arn = g.replica_arn, key_state = g.key_state,
          look_first = r.look_first OR coalesce(g.look_first, false), present_key_id = g.present_key_id,
          error = nullif(g.error, 'null'::jsonb), diff = nullif(g.diff, 'null'::jsonb),
          -- What following the primary has left is no finding of the check.
          warnings = g.warnings || jsonb_path_query_array(r.warnings, '$[*] ? (@.code == "primary_moved")')
        FROM given g, held WHERE held.id = r.id AND g.key_id = r.key_id AND g.region = r.region
        RETURNING r.state::text AS state, r.error->>'code' AS code`;
      const changed = checked.filter(({ state }) => state !== 'pending');
      if (changed.length === 0) return;
      const counts = new Map((plan?.changed?.changes ?? []).map(({ code, count }) => [code, count]));
      for (const { code, state } of changed) counts.set(code ?? state, (counts.get(code ?? state) ?? 0) + 1);
      const changes = JSON.stringify([...counts].map(([code, count]) => ({ code, count })));
      await tx.$executeRaw`
        UPDATE plans SET changed_since_preview =
          coalesce(changed_since_preview, '{}'::jsonb) || jsonb_build_object('changes', ${changes}::jsonb)
        WHERE id = ${planId}::uuid`;
    });
  }
}

/** Rows with what is sealed of them, each for the replica that it is about. */
async function withClosedDiffs(
  { seal }: Store,
  tx: Transaction,
  planId: string,
  rows: readonly RecheckedReplica[],
): Promise<RecheckedReplica[]> {
  const differing = rows.filter(({ diff }) => diff !== null && diff.length > 0);
  const found = await tx.$queryRaw<{ id: string; key_id: string; region: string }[]>`
    SELECT id, key_id, region FROM replicas
    WHERE plan_id = ${planId}::uuid AND key_id = ANY(${differing.map(({ key_id }) => key_id)})`;
  const ids = new Map(found.map(({ id, key_id, region }) => [`${key_id} ${region}`, id]));
  return rows.map((row) => {
    const id = ids.get(`${row.key_id} ${row.region}`);
    return id === undefined ? row : { ...row, diff: closeDiff(seal, row.diff, { table: 'replicas', id }) };
  });
}
