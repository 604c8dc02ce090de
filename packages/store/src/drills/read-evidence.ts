import {
  coveredPercent,
  type DrillItem,
  type DrillMove,
  type DrillPauses,
  type DrillTimes,
  drillPauses,
  durationSeconds,
  type Role,
  type Runbook,
  tallyTimes,
} from '@keyferry/core';
import { readLastCheckpoint } from '../audit/checkpoints.ts';
import { readAuditHead, readEntriesAbout } from '../audit/entries.ts';
import { type CoverageCheckRow, checkColumns } from '../coverage/check-row.ts';
import { listCoverageCells } from '../coverage/read-cells.ts';
import { pageOfReplicas } from '../replicas/page-of-replicas.ts';
import type { Store } from '../store.ts';
import {
  type DrillLogRow,
  type DrillRow,
  type DrillStepRow,
  readDrill,
  readDrillFindings,
  readDrillLog,
  readDrillSteps,
  readRunbook,
} from './drill-row.ts';
import { drillPromotion } from './promoted-keys.ts';
import { eachDrillItemPage, eachDrillMovePage, type ItemContext } from './read-drill-items.ts';

/* All that Postgres knows of a drill that is closed, as an evidence pack has it: nothing of it changes any more. */

const rowsAtOnce = 1_000;

/** What the times of a drill follow from; null: there is no such drill. */
export interface DrillFacts {
  readonly drill: DrillRow;
  readonly runbook: Runbook;
  readonly steps: readonly DrillStepRow[];
  readonly log: readonly DrillLogRow[];
  readonly pauses: DrillPauses;
  items(): AsyncGenerator<DrillItem[]>;
  moves(): AsyncGenerator<DrillMove[]>;
}

export async function readDrillFacts(store: Store, id: string): Promise<DrillFacts | null> {
  const drill = await readDrill(store.prisma, id);
  if (drill === null) return null;
  const [runbook, steps, log] = await Promise.all([
    readRunbook(store, store.prisma, id),
    readDrillSteps(store.prisma, id),
    readWholeLog(store, id),
  ]);
  const pauses = drillPauses({
    declaredAt: drill.declaredAt.getTime(),
    endedAt: drill.finishedAt?.getTime() ?? Date.now(),
    steps: steps.map(({ kind, startedAt, finishedAt }) => ({
      kind,
      startedAt: startedAt?.getTime() ?? null,
      finishedAt: finishedAt?.getTime() ?? null,
    })),
    log: log.map(({ at, kind, detail }) => ({ at: at.getTime(), kind, state: detail.state })),
  });
  const context: ItemContext = {
    drillId: id,
    baselineCheckId: drill.baselineCheckId,
    pauses,
    closedAt: drill.finishedAt ?? new Date(),
    httpProofs: steps.flatMap(({ kind, state, finishedAt }) =>
      kind === 'http' && state === 'succeeded' && finishedAt !== null ? [finishedAt] : [],
    ),
    promotion: drillPromotion(drill, steps, log),
  };
  return {
    drill,
    runbook,
    steps,
    log,
    pauses,
    items: () => eachDrillItemPage(store, context),
    moves: () => eachDrillMovePage(store, context),
  };
}

async function readWholeLog(store: Store, id: string): Promise<DrillLogRow[]> {
  const log: DrillLogRow[] = [];
  for (;;) {
    const page = await readDrillLog(store.prisma, id, { after: log.at(-1)?.seq ?? 0, limit: rowsAtOnce });
    log.push(...page);
    if (page.length < rowsAtOnce) return log;
  }
}

const targetMs = (duration: string | 0 | null): number | null =>
  duration === null ? null : durationSeconds(duration) * 1_000;

const targetsOf = ({ targets }: Runbook) => ({ rto_ms: targetMs(targets.rto), rpo_ms: targetMs(targets.rpo) });

/** The times of a drill as far as it is: added up over its items. */
export async function readDrillTimes({ runbook, items }: DrillFacts): Promise<DrillTimes> {
  const { rto_ms: rtoMs, rpo_ms: rpoMs } = targetsOf(runbook);
  const tally = tallyTimes({ rtoMs, rpoMs });
  for await (const page of items()) for (const item of page) tally.add(item);
  return tally.times();
}

/** What an evidence pack is made of, in its own names. `finishedAt`: when the drill was closed. */
export async function readDrillEvidence(store: Store, facts: DrillFacts, finishedAt: Date) {
  const { drill, runbook, steps, log, items, moves } = facts;
  const { id } = drill;
  const time = (date: Date | null) => date?.toISOString() ?? null;
  const stepId = (position: number | null) => (position === null ? null : (steps[position]?.id ?? null));
  const [approvals, findings, check, plans, checks, accounts] = await Promise.all([
    readDecisions(store, id),
    readDrillFindings(store.prisma, id),
    readLastCheck(store, id),
    store.prisma.plan.findMany({ where: { drillId: id }, select: { id: true }, orderBy: { id: 'asc' } }),
    store.prisma.coverageCheck.findMany({ where: { drillId: id }, select: { id: true } }),
    readAccounts(store, drill.baselineCheckId),
  ]);
  const stepOfPlan = new Map(
    steps.flatMap(({ planId, id: step }) => (planId === null ? [] : [[planId, step] as const])),
  );
  const [head, checkpoint, entries] = [
    await readAuditHead(store),
    await readLastCheckpoint(store),
    await readEntriesAbout(store, [id, ...plans.map((plan) => plan.id), ...checks.map((one) => one.id)]),
  ];
  return {
    runbook: runbook as Readonly<Record<string, unknown>>,
    drill: {
      id,
      name: drill.name,
      scenario: drill.scenario,
      description: runbook.description,
      mode: drill.mode,
      state: drill.state as string,
      reason: drill.reason,
      change_ticket: drill.changeTicket,
      spec_sha256: drill.specSha256,
      scope_sha256: drill.scopeSha256,
      scope: { keys: drill.keys ?? 0, regions: [...drill.regions], lost_regions: [...drill.lostRegions], accounts },
      targets: targetsOf(runbook),
      submitted_by: drill.createdBy,
      declared_at: drill.declaredAt.toISOString(),
      approved_at: time(drill.approvedAt),
      started_at: time(drill.startedAt),
      finished_at: finishedAt.toISOString(),
      approvals_required: drill.approvalsRequired,
      broken_glass:
        drill.brokenGlassBy === null
          ? null
          : {
              by: drill.brokenGlassBy,
              at: (drill.brokenGlassAt ?? drill.declaredAt).toISOString(),
              reason: drill.brokenGlassReason ?? '',
            },
    },
    steps: steps.map((step) => ({
      position: step.position,
      id: step.id,
      kind: step.kind as string,
      title: step.title,
      state: step.state as string,
      started_at: time(step.startedAt),
      deadline_at: time(step.deadlineAt),
      finished_at: time(step.finishedAt),
      plan_id: step.planId,
      check_id: step.checkId,
      detail: step.detail,
      error: step.error,
    })),
    approvals: approvals.map(({ stepPosition, specSha256, scopeSha256, at, ...rest }) => ({
      ...rest,
      step: stepId(stepPosition),
      spec_sha256: specSha256,
      scope_sha256: scopeSha256,
      at: at.toISOString(),
    })),
    findings: findings.map(({ seq, severity, code, message, stepPosition, owner, due, ticket }) => ({
      seq,
      severity: severity as string,
      code,
      message,
      step: stepId(stepPosition),
      owner,
      due,
      ticket,
    })),
    log: log.map(({ seq, at, stepPosition, kind, message, detail }) => ({
      seq,
      at: at.toISOString(),
      step: stepId(stepPosition),
      kind,
      message,
      detail,
    })),
    check:
      check === null
        ? null
        : {
            id: check.id,
            proof: check.proof,
            at: (check.finished_at ?? finishedAt).toISOString(),
            regions: [...check.regions],
            counts: { ...check.counts } as Record<string, number>,
            by_region: check.by_region.map(({ region, counts }) => ({
              region,
              counts: { ...counts } as Record<string, number>,
            })),
            covered_percent: (check.counts && coveredPercent(check.counts)) ?? 0,
          },
    audit: { entries: entries.filter(({ seq }) => seq <= head.seq), head, checkpoint },
    items,
    moves,
    attempts: () =>
      eachAttemptPage(
        store,
        plans.map((plan) => plan.id),
        stepOfPlan,
      ),
    cells: () => eachCellPage(store, check?.id ?? null),
  };
}

/** Every decision with what it was about, in the order in which they were made. */
function readDecisions({ prisma }: Store, drillId: string) {
  return prisma.$queryRaw<
    {
      approver: string;
      role: Role;
      stepPosition: number | null;
      decision: 'approve' | 'reject';
      specSha256: string;
      scopeSha256: string | null;
      comment: string | null;
      at: Date;
    }[]
  >`SELECT approver, role::text AS role, step_position AS "stepPosition", decision::text AS decision,
      spec_sha256 AS "specSha256", scope_sha256 AS "scopeSha256", comment, at
    FROM drill_approvals WHERE drill_id = ${drillId}::uuid ORDER BY id`;
}

/** The last check of a drill that was made to its end. */
async function readLastCheck({ prisma }: Store, drillId: string): Promise<CoverageCheckRow | null> {
  const [row] = await prisma.$queryRaw<CoverageCheckRow[]>`
    SELECT ${checkColumns} FROM coverage_checks c WHERE c.drill_id = ${drillId}::uuid AND c.state = 'done'
    ORDER BY c.finished_at DESC, c.id DESC LIMIT 1`;
  return row ?? null;
}

async function readAccounts({ prisma }: Store, checkId: string | null): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ account: string }[]>`
    SELECT DISTINCT account FROM coverage_keys WHERE check_id = ${checkId}::uuid AND account <> '' ORDER BY account`;
  return rows.map(({ account }) => account);
}

async function* eachCellPage(store: Store, checkId: string | null) {
  let after: { position: number; region: string } | null = null;
  while (checkId !== null) {
    const page: Awaited<ReturnType<typeof listCoverageCells>> = await listCoverageCells(
      store,
      checkId,
      {},
      { after, limit: rowsAtOnce },
    );
    yield page.map((cell) => ({
      mrk: cell.mrk,
      key_arn: cell.key_arn,
      alias: cell.alias,
      account: cell.account,
      primary_region: cell.primary_region || null,
      region: cell.region,
      state: cell.state as string,
      code: cell.code as string,
      message: cell.message,
      member_id: cell.member_id,
      key_state: cell.key_state,
      valid_to: cell.valid_to?.toISOString() ?? null,
      material: cell.material,
    }));
    after = page.at(-1) ?? null;
    if (page.length < rowsAtOnce) return;
  }
}

interface AttemptRow {
  readonly mrk: string;
  readonly keyId: string;
  readonly region: string;
  readonly replicaId: string;
  readonly n: number;
  readonly operation: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly httpStatus: number | null;
  readonly error: { readonly code?: string; readonly message?: string; readonly provider_code?: string | null } | null;
  readonly requestId: string | null;
  readonly note: string | null;
}

/** Every call of a drill's plans, plan by plan and row by row. */
async function* eachAttemptPage(
  { prisma }: Store,
  planIds: readonly string[],
  stepOfPlan: ReadonlyMap<string, string>,
) {
  for (const planId of planIds) {
    let after: string | null = null;
    for (;;) {
      const replicas: { id: string }[] = await prisma.$queryRaw<{ id: string }[]>`
        ${pageOfReplicas(planId, {}, { limit: rowsAtOnce, after })}`;
      const rows = await prisma.$queryRaw<AttemptRow[]>`
        SELECT r.mrk, r.key_id AS "keyId", r.region, r.id AS "replicaId",
          (row_number() OVER (PARTITION BY r.id ORDER BY a.started_at, a.id))::int AS n, a.operation::text AS operation,
          a.started_at AS "startedAt", a.finished_at AS "finishedAt", a.http_status AS "httpStatus", a.error,
          a.request_id AS "requestId", a.note
        FROM attempts a JOIN replicas r ON r.id = a.replica_id
        WHERE a.replica_id = ANY(${replicas.map(({ id }) => id)}::uuid[]) ORDER BY r.id, a.started_at, a.id`;
      yield rows.map((row) => ({
        step: stepOfPlan.get(planId) ?? null,
        plan_id: planId,
        key_id: row.keyId,
        mrk: row.mrk,
        region: row.region,
        n: row.n,
        operation: row.operation,
        started_at: row.startedAt.toISOString(),
        finished_at: row.finishedAt?.toISOString() ?? null,
        http_status: row.httpStatus,
        error_code: row.error?.code ?? null,
        error_message: row.error?.message ?? null,
        provider_code: row.error?.provider_code ?? null,
        request_id: row.requestId,
        note: row.note,
      }));
      after = replicas.at(-1)?.id ?? null;
      if (replicas.length < rowsAtOnce) break;
    }
  }
}
