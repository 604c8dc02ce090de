import {
  blockedError,
  type PlanOperation,
  type PlanSpec,
  type PrimarySettings,
  type ReplicaBlock,
  type ReplicaDifferenceView,
  type ReplicaErrorView,
  type ReplicaWarningView,
  type Scope,
} from '@keyferry/core';
import { scopeColumn } from '../access/scope.ts';
import { newId } from '../new-id.ts';
import { rowSha256 } from '../replicas/row-sha256.ts';
import { closeDiff, closeFromPrimary, showSpec } from '../seal/policies.ts';
import type { Seal } from '../seal/seal.ts';
import { type Connection, inTransaction, Prisma, records, type Store, type Transaction } from '../store.ts';
import { mostHoldersLost, oneMoreLost, outlivedHolders } from '../workers/holders-lost.ts';
import { canonicalSha256 } from './canonical-sha256.ts';
import { goesOn } from './goes-on.ts';
import { listPlanKeys } from './plan-keys.ts';

/** A worker, and the plans that it knows it is resolving. */
export interface Resolving {
  readonly workerId: string;
  readonly planIds: readonly string[];
}

/**
 * Nobody resolves `plans p`: no worker has taken it, or one that is gone, or this one, which knows nothing of it any more
 * (its claim was committed and the answer lost, or it could not give the plan back).
 */
function nobodyResolves({ workerId, planIds }: Resolving): Prisma.Sql {
  return Prisma.sql`NOT EXISTS (
    SELECT 1 FROM workers w WHERE w.id = p.resolved_by AND w.alive_until > now()
      AND (w.id <> ${workerId}::uuid OR p.id = ANY(${[...planIds]}::uuid[])))`;
}

/** Plans that wait to be resolved and that no worker is resolving. */
export async function findPlansToResolve(store: Store, resolving: Resolving, limit: number): Promise<string[]> {
  const rows = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT p.id FROM plans p
    WHERE p.state = 'resolving' AND p.resolve_not_before <= now() AND ${nobodyResolves(resolving)}
    ORDER BY p.priority DESC, p.id LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** Of a plan whose spec was changed outside Keyferry. */
export const specChanged =
  'Its spec was changed in the database after it was submitted. No calls are made for it. Find out who changed it, then submit a new plan.';

/** A plan that a worker is resolving. */
export interface ClaimedPlan {
  readonly id: string;
  readonly spec: PlanSpec;
  readonly scope: Scope;
  readonly tries: number;
  /** The span that submitted it; null: it was not traced. */
  readonly traceparent: string | null;
  /** It was previewed, and is checked again before it runs. */
  readonly again: boolean;
}

/**
 * Takes a plan for resolving; null when it is taken, done or cancelled by now, or fails since it has outlived too many
 * workers. `resolving` is without this plan.
 */
export async function claimPlanToResolve(
  store: Store,
  planId: string,
  resolving: Resolving,
): Promise<ClaimedPlan | null> {
  const [plan] = await store.prisma.$queryRaw<(ClaimedPlan & { holders_lost: number; spec_sha256: string })[]>`
    UPDATE plans p SET resolved_by = ${resolving.workerId}::uuid,
      holders_lost = p.holders_lost + ${oneMoreLost(Prisma.sql`p.resolved_by`, resolving.workerId)}
    WHERE p.id = ${planId}::uuid AND p.state = 'resolving' AND p.resolve_not_before <= now()
      AND ${nobodyResolves(resolving)}
    RETURNING p.id, p.spec, p.spec_sha256, ${scopeColumn('p')}, p.traceparent, p.resolve_tries AS tries, p.resolved_at IS NOT NULL AS again,
      p.holders_lost`;
  if (plan && plan.holders_lost >= mostHoldersLost) {
    await failResolving(store, planId, outlivedHolders('resolved this plan', 'retry it, or submit it in parts'));
    return null;
  }
  if (!plan) return null;
  const spec = showSpec(store.seal, plan.spec, { table: 'plans', id: planId });
  if (canonicalSha256(spec) !== plan.spec_sha256) {
    await failResolving(store, planId, specChanged);
    return null;
  }
  return { ...plan, spec };
}

/** One key × Region as resolved. */
export interface ResolvedReplica {
  readonly key_id: string;
  readonly mrk: string;
  readonly key_arn: string | null;
  readonly alias: string | null;
  readonly aliases: readonly string[];
  readonly origin: string | null;
  /** Empty while the key is unknown. */
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
  /** The Region's place in the plan. */
  readonly wave: number;
  readonly state: 'pending' | 'blocked' | 'already_present';
  readonly outcome: 'already_present' | null;
  readonly replica_key_id: string | null;
  readonly replica_arn: string | null;
  readonly key_state: string | null;
  /** CCKM is asked for the replica before anything is called; left out: it is not. */
  readonly look_first?: boolean;
  /** CCKM id of the existing replica, in any state of the row; left out: there is none. */
  readonly present_key_id?: string | null;
  readonly error: ReplicaErrorView | null;
  readonly warnings: readonly ReplicaWarningView[];
  readonly diff: readonly ReplicaDifferenceView[] | null;
  readonly settings: ReplicaBlock | null;
  /** What it gets from the primary, as that was then; null: nothing. */
  readonly from_primary: PrimarySettings | null;
  readonly manifest_line: number | null;
}

/**
 * Writes resolved replicas in one statement a thousand. Repeatable: rows that are there already stay as they are, so a
 * resolver that starts over after a crash adds only what was missing. Answers false, and writes no more, once the plan is
 * no longer `resolving`: it was cancelled.
 */
export async function insertReplicas(
  store: Store,
  planId: string,
  replicas: readonly ResolvedReplica[],
): Promise<boolean> {
  for (let start = 0; start < replicas.length; start += 1000) {
    const part = replicas.slice(start, start + 1000);
    const written = await inTransaction(store, async (tx) => {
      const [plan] = await tx.$queryRaw<{ operation: PlanOperation }[]>`
        SELECT operation::text AS operation FROM plans WHERE id = ${planId}::uuid AND state = 'resolving' FOR SHARE`;
      if (plan === undefined) return false;
      const batch = part.map((replica) => asInserted(store.seal, plan.operation, replica));
      const lanes = new Map(batch.map((replica) => [laneKey(replica), { ...replica, id: newId() }]));
      await tx.$executeRaw`
        INSERT INTO plan_lanes (id, plan_id, account, primary_region, region, wave)
        SELECT l.id, ${planId}::uuid, l.account, l.primary_region, l.region, l.wave
        FROM jsonb_to_recordset(${records([...lanes.values()])})
          AS l(id uuid, account text, primary_region text, region text, wave int)
        ON CONFLICT (plan_id, account, primary_region, region) DO NOTHING`;
      await tx.$executeRaw`
        INSERT INTO replicas (id, plan_id, lane_id, operation, key_id, mrk, key_arn, alias, aliases, origin, account, primary_region,
          region, state, outcome, replica_key_id, replica_arn, key_state, look_first, present_key_id, error, warnings, diff, settings, from_primary, from_primary_sha256,
          manifest_line, row_sha256, resolved_state)
        SELECT r.id, p.id, l.id, p.operation, r.key_id, r.mrk, r.key_arn, r.alias, r.aliases, r.origin, r.account,
          r.primary_region, r.region, r.state::replica_state, r.outcome::replica_outcome, r.replica_key_id,
          r.replica_arn, r.key_state, coalesce(r.look_first, false), r.present_key_id, nullif(r.error, 'null'::jsonb),
          r.warnings, nullif(r.diff, 'null'::jsonb),
          nullif(r.settings, 'null'::jsonb), nullif(r.from_primary, 'null'::jsonb), r.from_primary_sha256, r.manifest_line,
          decode(r.row_sha256, 'hex'), r.state::replica_state
        FROM jsonb_to_recordset(${records(batch)})
          AS r(id uuid, key_id text, mrk text, key_arn text, alias text, aliases text[], origin text,
            account text,
            primary_region text, region text, state text, outcome text, replica_key_id text, replica_arn text,
            key_state text, look_first boolean, present_key_id text, error jsonb, warnings jsonb, diff jsonb, settings jsonb, from_primary jsonb, from_primary_sha256 text, manifest_line int, row_sha256 text)
        JOIN plans p ON p.id = ${planId}::uuid
        JOIN plan_lanes l ON l.plan_id = p.id AND l.account = r.account
          AND l.primary_region = r.primary_region AND l.region = r.region
        ORDER BY r.id
        ON CONFLICT (plan_id, key_id, region) DO NOTHING`;
      return true;
    });
    if (!written) return false;
  }
  return true;
}

/** A replica as it is written, with the SHA-256 that it keeps. */
function asInserted(seal: Seal, operation: PlanOperation, replica: ResolvedReplica) {
  const id = newId();
  const fromPrimarySha256 = replica.from_primary === null ? null : canonicalSha256(replica.from_primary);
  return {
    ...replica,
    id,
    diff: closeDiff(seal, replica.diff, { table: 'replicas', id }),
    from_primary: closeFromPrimary(seal, replica.from_primary, id),
    from_primary_sha256: fromPrimarySha256,
    row_sha256: rowSha256({ ...replica, operation, from_primary_sha256: fromPrimarySha256 }),
  };
}

function laneKey({ account, primary_region: primaryRegion, region }: ResolvedReplica): string {
  return `${account} ${primaryRegion} ${region}`;
}

/**
 * The rows of `plans p` as they were resolved, in any state: SHA-256 over a line "<key id> <Region> <state>
 * <SHA-256 of the row>\n" for each, in byte order.
 */
export const resolvedSha256 = Prisma.sql`(
  SELECT encode(sha256(convert_to(coalesce(string_agg(line, '' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex')
  FROM (SELECT coalesce(r.named_as[1], r.key_id) || ' ' || r.region || ' ' || coalesce(r.resolved_state::text, '') || ' '
    || coalesce(encode(r.row_sha256, 'hex'), '') || E'\\n' AS line FROM replicas r WHERE r.plan_id = p.id) rows)`;

/** A million rows are hashed and their keys listed; a busy database takes a while for it. */
export const finishingMs = 300_000;

/**
 * Ends the resolving of a plan; false when it was cancelled meanwhile. One that is not to be previewed only goes on to
 * `scheduled`, or waits for the approvals that it lacks.
 */
export function finishResolving(
  store: Store,
  planId: string,
  { preview, lowerBoundSeconds }: { preview: boolean; lowerBoundSeconds: number },
): Promise<boolean> {
  return inTransaction(
    store,
    async (tx) => {
      // Before its rows are read: none is added any more then.
      await tx.$executeRaw`SELECT 1 FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
      await blockRivalTargets(tx, planId);
      const changed = await tx.$executeRaw`
        UPDATE plans p SET resolved_by = NULL, holders_lost = 0, reason = NULL, lower_bound_seconds = ${lowerBoundSeconds},
          resolved_at = now(), resolved_sha256 = coalesce(p.resolved_sha256, ${resolvedSha256}),
          -- Once: whoever takes a SHA-256 away later does not make it a plan without.
          rows_hashed = CASE WHEN p.resolved_sha256 IS NOT NULL THEN p.rows_hashed ELSE NOT EXISTS (
            SELECT 1 FROM replicas r WHERE r.plan_id = p.id AND r.row_sha256 IS NULL) END,
          state = CASE WHEN ${preview} THEN 'previewed' ELSE ${goesOn()} END
        WHERE p.id = ${planId}::uuid AND p.state = 'resolving'`;
      if (changed === 1) await listPlanKeys(tx, planId);
      return changed === 1;
    },
    { timeoutMs: finishingMs },
  );
}

/** A key has one primary: where a promotion names several Regions for it, under any of its names, none is chosen. */
async function blockRivalTargets(tx: Transaction, planId: string): Promise<void> {
  const error = blockedError('promotion_conflict', 'The plan promotes this key in several Regions.');
  await tx.$executeRaw`
    UPDATE replicas r SET state = 'blocked', resolved_state = 'blocked', error = ${JSON.stringify(error)}::jsonb
    WHERE r.plan_id = ${planId}::uuid AND r.operation = 'promote' AND r.state = 'pending'
      AND EXISTS (SELECT 1 FROM plans p WHERE p.id = r.plan_id AND p.state = 'resolving')
      AND EXISTS (SELECT 1 FROM replicas o WHERE o.plan_id = r.plan_id AND o.mrk = r.mrk AND o.account = r.account
        AND o.region <> r.region)`;
}

/** Leaves a plan `resolving`, to be tried again after a while, and says why. */
export async function postponeResolving(store: Store, planId: string, delayMs: number, reason: string): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE plans SET resolved_by = NULL, holders_lost = 0, resolve_tries = resolve_tries + 1, reason = ${reason},
      resolve_not_before = now() + make_interval(secs => ${delayMs / 1000})
    WHERE id = ${planId}::uuid AND state = 'resolving'`;
}

/** Ends a plan that can never be resolved. */
export async function failResolving(store: Store, planId: string, reason: string): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE plans SET state = 'failed', resolved_by = NULL, reason = ${reason}, finished_at = now()
    WHERE id = ${planId}::uuid AND state = 'resolving'`;
}

/** Has a plan that could not be resolved tried again; false: it is in another state. */
export async function resolveAgain(db: Connection, planId: string): Promise<boolean> {
  const changed = await db.$executeRaw`
    UPDATE plans SET state = 'resolving', reason = NULL, finished_at = NULL, resolve_not_before = now(), resolve_tries = 0,
      holders_lost = 0
    WHERE id = ${planId}::uuid AND state = 'failed' AND archived_at IS NULL`;
  return changed === 1;
}
