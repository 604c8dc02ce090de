import {
  type DrillItem,
  type DrillMove,
  type DrillPauses,
  lostTime,
  type ReachedBy,
  usableStates,
} from '@keyferry/core';
import { Prisma, type Store } from '../store.ts';
import { type DrillPromotion, promotedKeys } from './promoted-keys.ts';

/*
 * What became of each key × Region of a drill: its cells are those of the baseline, the coverage check that it began with;
 * times come of the rows of its plans and of its later checks.
 */

/** What all items of a drill have in common. */
export interface ItemContext {
  readonly drillId: string;
  /** Null: it has not got that far, and has no items. */
  readonly baselineCheckId: string | null;
  readonly pauses: DrillPauses;
  readonly closedAt: Date;
  /** When http steps of it succeeded, in their order: each a proof of what was usable by then. */
  readonly httpProofs: readonly Date[];
  /** Null: it promotes nothing. */
  readonly promotion: DrillPromotion | null;
}

interface BaseCell {
  readonly position: number;
  readonly key_id: string;
  readonly mrk: string;
  readonly key_arn: string | null;
  readonly alias: string | null;
  readonly account: string;
  readonly primary_region: string;
  readonly origin: string | null;
  readonly region: string;
  readonly before: string;
}

interface Call {
  readonly startedAt: string;
  readonly error: string | null;
}

interface PlanOutcome {
  readonly mrk: string;
  readonly region: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string; readonly provider_code?: string | null } | null;
  readonly replica_key_id: string | null;
  readonly replica_arn: string | null;
  readonly accepted_at: Date | null;
  readonly usable_at: Date | null;
  readonly diff_fields: readonly string[] | null;
  readonly calls: readonly Call[];
}

interface CheckedCell {
  readonly mrk: string;
  readonly region: string;
  readonly state: string;
  readonly code: string;
  readonly message: string;
  readonly member_id: string | null;
  readonly valid_to: Date | null;
  readonly diff_fields: readonly string[] | null;
  readonly usable_at: Date | null;
  /** After its promotion, and before that went back, where the drill promotes. */
  readonly proven_at: Date | null;
  /** By all promote steps; null: no step has got to it. */
  readonly promoted: boolean | null;
  /** A check that asked AWS found it usable, whenever that was. */
  readonly was_proven: boolean;
  readonly promoted_at: Date | null;
  readonly material: {
    readonly current: string | null;
    readonly primary_current: string | null;
    readonly ids: readonly string[];
    readonly primary_ids: readonly string[];
  } | null;
}

const rowsAtOnce = 1_000;
const place = ({ mrk, region }: { mrk: string; region: string }): string => `${mrk} ${region}`;

/** The items of a drill in the order of its keys, read in pages. */
export async function* eachDrillItemPage(store: Store, context: ItemContext): AsyncGenerator<DrillItem[]> {
  if (context.baselineCheckId === null) return;
  let after = { position: -1, region: '' };
  for (;;) {
    const cells = await store.prisma.$queryRaw<BaseCell[]>`
      SELECT k.position, k.key_id, k.mrk, k.key_arn, k.alias, k.account,
        k.primary_region, k.origin, c.region, c.state::text AS before
      FROM coverage_cells c JOIN coverage_keys k ON k.check_id = c.check_id AND k.position = c.position
      WHERE c.check_id = ${context.baselineCheckId}::uuid
        AND (c.position, c.region COLLATE "C") > (${after.position}, ${after.region} COLLATE "C")
      ORDER BY c.position, c.region COLLATE "C" LIMIT ${rowsAtOnce}`;
    const last = cells.at(-1);
    if (last === undefined) return;
    const mrks = [...new Set(cells.map(({ mrk }) => mrk))].filter((mrk) => mrk !== '');
    const outcomes = new Map((await readOutcomes(store, context.drillId, mrks)).map((row) => [place(row), row]));
    const checked = new Map((await readChecked(store, context, mrks)).map((row) => [place(row), row]));
    yield cells.map((cell) => {
      const at = place(cell);
      return itemOf(cell, outcomes.get(at) ?? null, checked.get(at) ?? null, context);
    });
    if (cells.length < rowsAtOnce) return;
    after = last;
  }
}

/** What the newest replicating plan of a drill made of these keys in each Region, with all calls of the drill for them. */
function readOutcomes({ prisma }: Store, drillId: string, mrks: readonly string[]): Promise<PlanOutcome[]> {
  return prisma.$queryRaw<PlanOutcome[]>`
    SELECT DISTINCT ON (r.mrk, r.region) r.mrk, r.region, r.state::text AS state, r.outcome::text AS outcome,
      (sum(r.attempts) OVER pair)::int AS attempts, r.error, r.replica_key_id,
      r.replica_arn, min(r.accepted_at) OVER pair AS accepted_at, min(r.usable_at) OVER pair AS usable_at,
      ${diffFields(Prisma.raw('r.diff'))} AS diff_fields,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('startedAt', a.started_at, 'error', a.error ->> 'code')
          ORDER BY a.started_at, a.id), '[]')
        FROM plans q JOIN replicas o ON o.plan_id = q.id JOIN attempts a ON a.replica_id = o.id
        WHERE q.drill_id = ${drillId}::uuid AND q.operation = 'replicate' AND o.mrk = r.mrk AND o.region = r.region
          AND a.operation IN ('replicate', 'import')) AS calls
    FROM plans p JOIN replicas r ON r.plan_id = p.id
    WHERE p.drill_id = ${drillId}::uuid AND p.operation = 'replicate' AND p.mode = 'execute' AND r.mrk = ANY(${[...mrks]})
    WINDOW pair AS (PARTITION BY r.mrk, r.region)
    ORDER BY r.mrk, r.region, p.id DESC`;
}

/** What the last check of a drill found of these keys, since when one found them usable, and proved it. */
function readChecked(
  { prisma }: Store,
  { drillId, promotion }: Pick<ItemContext, 'drillId' | 'promotion'>,
  mrks: readonly string[],
): Promise<CheckedCell[]> {
  const until = promotion?.until ?? null;
  const proves = Prisma.sql`f.proof AND f.state = ANY(${[...usableStates]}) AND (${promotion === null}
    OR f.finished_at >= coalesce(p.at, '-infinity') AND f.finished_at <= coalesce(${until}::timestamptz, 'infinity'))`;
  return prisma.$queryRaw<CheckedCell[]>`
    WITH found AS (
      SELECT k.mrk, c.region, c.state::text AS state, c.code, c.message, c.member_id, c.valid_to, c.diff, c.material,
        h.finished_at, h.proof
      FROM coverage_checks h JOIN coverage_keys k ON k.check_id = h.id
      JOIN coverage_cells c ON c.check_id = k.check_id AND c.position = k.position
      WHERE h.drill_id = ${drillId}::uuid AND h.state = 'done' AND k.mrk = ANY(${[...mrks]})
    ), promoted AS (SELECT * FROM ${promotedKeys(drillId)} m), since AS (
      SELECT f.mrk, f.region, min(f.finished_at) FILTER (WHERE f.state = ANY(${[...usableStates]})) AS usable_at,
        min(f.finished_at) FILTER (WHERE ${proves}) AS proven_at, bool_and(p.done) AS promoted, max(p.at) AS promoted_at,
        bool_or(f.proof AND f.state = ANY(${[...usableStates]})) AS was_proven,
        (array_agg(f.material ORDER BY f.finished_at DESC)
          FILTER (WHERE f.proof AND jsonb_typeof(f.material) = 'object'))[1] AS material
      FROM found f LEFT JOIN promoted p ON p.mrk = f.mrk GROUP BY f.mrk, f.region
    )
    SELECT DISTINCT ON (f.mrk, f.region) f.mrk, f.region, f.state, f.code, f.message, f.member_id,
      f.valid_to, ${diffFields(Prisma.raw('f.diff'))} AS diff_fields, s.usable_at,
      s.proven_at, s.promoted, s.promoted_at, s.was_proven, s.material
    FROM found f JOIN since s USING (mrk, region) ORDER BY f.mrk, f.region, f.finished_at DESC`;
}

/** The names of what differs; what it is instead may name principals. */
const diffFields = (diff: Prisma.Sql): Prisma.Sql => Prisma.sql`CASE WHEN jsonb_typeof(${diff}) = 'array'
  THEN ARRAY(SELECT d ->> 'field' FROM jsonb_array_elements(${diff}) d ORDER BY 1) END`;

function itemOf(cell: BaseCell, plan: PlanOutcome | null, check: CheckedCell | null, context: ItemContext): DrillItem {
  const { pauses, closedAt, promotion } = context;
  const calls = timed(plan?.calls ?? []);
  const usableAt = plan?.usable_at ?? check?.usable_at ?? null;
  const promotedAt = promotion === null ? null : (check?.promoted_at ?? null);
  const byHttp = httpProof(context, usableAt, promotedAt);
  const provenAt = check?.proven_at ?? byHttp;
  const reached = reachedAtOf({ usableAt, promotedAt, provenAt, stranded: promotion !== null && !check?.promoted });
  const reachedAt = reached?.at ?? null;
  const memberId = check?.member_id ?? null;
  const { mrk, region } = cell;
  return {
    key_id: cell.key_id,
    mrk,
    key_arn: cell.key_arn,
    alias: cell.alias,
    account: cell.account,
    primary_region: cell.primary_region,
    origin: cell.origin,
    region,
    replica_key_id: plan?.replica_key_id ?? memberId,
    replica_arn: plan?.replica_arn ?? (memberId === null ? null : arnIn(cell.key_arn, region)),
    before: cell.before,
    state: check?.state ?? cell.before,
    code: check?.code ?? null,
    message: check?.message ?? null,
    replication: plan?.state ?? null,
    outcome: plan?.outcome ?? null,
    attempts: plan?.attempts ?? 0,
    error: errorOf(plan?.error ?? null),
    first_call_at: timeOf(calls[0]?.startedAt ?? null),
    accepted_at: plan?.accepted_at?.toISOString() ?? null,
    usable_at: usableAt?.toISOString() ?? null,
    promoted_at: promotedAt?.toISOString() ?? null,
    proven_at: provenAt?.toISOString() ?? null,
    proven_by: check?.proven_at ? 'check' : byHttp === null ? null : 'http',
    reached_ms: reachedAt === null ? null : Math.max(0, reachedAt.getTime() - pauses.declaredAt),
    reached_by: reached?.by ?? null,
    lost: lostTime(pauses, calls, (reachedAt ?? closedAt).getTime()),
    material: {
      ...sameMaterial(cell.origin, check),
      ids: [...(check?.material?.ids ?? [])],
      primary_ids: [...(check?.material?.primary_ids ?? [])],
      valid_to: check?.valid_to?.toISOString() ?? null,
    },
    differs_in: [...(check?.diff_fields ?? plan?.diff_fields ?? [])],
  };
}

/** The first success of an http step that shows what was usable, and promoted where the drill promotes. */
function httpProof(
  { httpProofs, promotion }: Pick<ItemContext, 'httpProofs' | 'promotion'>,
  usableAt: Date | null,
  promotedAt: Date | null,
): Date | null {
  if (usableAt === null) return null;
  const from = promotedAt !== null && promotedAt > usableAt ? promotedAt : usableAt;
  const until = promotion?.until ?? null;
  return httpProofs.find((at) => at >= from && (until === null || at <= until)) ?? null;
}

/** When a key × Region was reached, and by what evidence. `stranded`: it was to be promoted and is not. */
function reachedAtOf({
  usableAt,
  promotedAt,
  provenAt,
  stranded,
}: {
  usableAt: Date | null;
  promotedAt: Date | null;
  provenAt: Date | null;
  stranded: boolean;
}): { at: Date; by: ReachedBy } | null {
  if (stranded || usableAt === null) return null;
  if (provenAt !== null) return { at: provenAt, by: promotedAt === null ? 'proof' : 'proof_after_promotion' };
  if (promotedAt !== null) return { at: promotedAt > usableAt ? promotedAt : usableAt, by: 'promotion' };
  return { at: usableAt, by: 'usable' };
}

/** A key of a multi-Region set has the same id in every Region. */
const arnIn = (arn: string | null, region: string): string | null =>
  arn === null ? null : arn.split(':').with(3, region).join(':');

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const timed = (calls: readonly Call[]) =>
  calls.map(({ startedAt, error }) => ({ startedAt: Date.parse(startedAt), error }));

const errorOf = (error: PlanOutcome['error']): DrillItem['error'] =>
  error && { code: error.code, message: error.message, provider_code: error.provider_code ?? null };

/**
 * AWS_KMS: by the current material, or where CCKM tells of none by the key id, since KMS shares its material among all keys of
 * a set; EXTERNAL: by all that were imported. Null: it was not proven, or CCKM did not tell.
 * Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
 */
function sameMaterial(
  origin: string | null,
  check: CheckedCell | null,
): Pick<DrillItem['material'], 'equal' | 'compared_by'> {
  const material = check?.material ?? null;
  if (material === null) return { equal: null, compared_by: null };
  const { current, primary_current: primary, ids, primary_ids: primaryIds } = material;
  if (origin !== 'EXTERNAL' && current !== null && primary !== null) {
    return { equal: current === primary, compared_by: 'current_material' };
  }
  if (origin === 'AWS_KMS' && current === null && primary === null) {
    return check?.was_proven ? { equal: true, compared_by: 'key_id' } : { equal: null, compared_by: null };
  }
  if (ids.length === 0 || primaryIds.length === 0) return { equal: null, compared_by: null };
  const [own, wanted] = [new Set(ids), new Set(primaryIds)];
  return { equal: own.size === wanted.size && ids.every((id) => wanted.has(id)), compared_by: 'imported_material' };
}

interface MoveRow extends Omit<PlanOutcome, 'diff_fields' | 'replica_key_id' | 'replica_arn'> {
  readonly id: string;
  readonly step: string | null;
  readonly kind: DrillMove['kind'];
  readonly plan_id: string;
  readonly key_id: string;
  readonly key_arn: string | null;
  readonly alias: string | null;
  readonly account: string;
  readonly from_region: string;
}

/** Every move of a primary that a drill was to make, in the order in which they were planned, read in pages. */
export async function* eachDrillMovePage(
  store: Store,
  { drillId, pauses, closedAt }: Pick<ItemContext, 'drillId' | 'pauses' | 'closedAt'>,
): AsyncGenerator<DrillMove[]> {
  let after: string | null = null;
  for (;;) {
    const rows: MoveRow[] = await store.prisma.$queryRaw<MoveRow[]>`
      SELECT r.id, s.id AS step, coalesce(s.kind, 'rollback') AS kind, p.id AS plan_id, r.key_id, r.mrk,
        r.key_arn, r.alias, r.account, r.primary_region AS from_region, r.region, r.state::text AS state,
        r.outcome::text AS outcome, r.attempts, r.error, r.accepted_at, r.usable_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('startedAt', a.started_at, 'error', a.error ->> 'code')
          ORDER BY a.started_at, a.id), '[]') FROM attempts a
          WHERE a.replica_id = r.id AND a.operation = 'promote') AS calls
      FROM plans p JOIN replicas r ON r.plan_id = p.id
      LEFT JOIN drill_steps s ON s.drill_id = p.drill_id AND s.plan_id = p.id
      WHERE p.drill_id = ${drillId}::uuid AND p.operation = 'promote' AND p.mode = 'execute'
        AND (${after}::uuid IS NULL OR r.id > ${after}::uuid)
      ORDER BY r.id LIMIT ${rowsAtOnce}`;
    yield rows.map((row) => moveOf(row, pauses, closedAt));
    after = rows.at(-1)?.id ?? null;
    if (rows.length < rowsAtOnce) return;
  }
}

function moveOf(row: MoveRow, pauses: DrillPauses, closedAt: Date): DrillMove {
  const calls = timed(row.calls);
  const first = calls[0]?.startedAt ?? null;
  const end = (row.usable_at ?? closedAt).getTime();
  return {
    step: row.step,
    kind: row.kind,
    plan_id: row.plan_id,
    key_id: row.key_id,
    mrk: row.mrk,
    key_arn: row.key_arn,
    alias: row.alias,
    account: row.account,
    from_region: row.from_region,
    region: row.region,
    state: row.state,
    outcome: row.outcome,
    attempts: row.attempts,
    error: errorOf(row.error),
    first_call_at: timeOf(first),
    accepted_at: row.accepted_at?.toISOString() ?? null,
    usable_at: row.usable_at?.toISOString() ?? null,
    // A move has its own time: from its first call, not from the declaration.
    lost: lostTime({ ...pauses, declaredAt: first ?? end }, calls, end),
  };
}
