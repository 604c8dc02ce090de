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
import { showRow } from '../show-row.ts';
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
    declaredAt: drill.declared_at.getTime(),
    endedAt: drill.finished_at?.getTime() ?? Date.now(),
    steps: steps.map(({ kind, started_at, finished_at }) => ({
      kind,
      startedAt: started_at?.getTime() ?? null,
      finishedAt: finished_at?.getTime() ?? null,
    })),
    log: log.map(({ at, kind, detail }) => ({ at: at.getTime(), kind, state: detail.state })),
  });
  const context: ItemContext = {
    drillId: id,
    baselineCheckId: drill.baseline_check_id,
    pauses,
    closedAt: drill.finished_at ?? new Date(),
    httpProofs: steps.flatMap(({ kind, state, finished_at }) =>
      kind === 'http' && state === 'succeeded' && finished_at !== null ? [finished_at] : [],
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
    readAccounts(store, drill.baseline_check_id),
  ]);
  const stepOfPlan = new Map(
    steps.flatMap(({ plan_id, id: step }) => (plan_id === null ? [] : [[plan_id, step] as const])),
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
      change_ticket: drill.change_ticket,
      spec_sha256: drill.spec_sha256,
      scope_sha256: drill.scope_sha256,
      scope: { keys: drill.keys ?? 0, regions: [...drill.regions], lost_regions: [...drill.lost_regions], accounts },
      targets: targetsOf(runbook),
      submitted_by: drill.created_by,
      declared_at: drill.declared_at.toISOString(),
      approved_at: time(drill.approved_at),
      started_at: time(drill.started_at),
      finished_at: finishedAt.toISOString(),
      approvals_required: drill.approvals_required,
      broken_glass:
        drill.broken_glass_by === null
          ? null
          : {
              by: drill.broken_glass_by,
              at: (drill.broken_glass_at ?? drill.declared_at).toISOString(),
              reason: drill.broken_glass_reason ?? '',
            },
    },
    steps: steps.map(({ spec, progress, ...step }) => showRow(step)),
    approvals: approvals.map(({ step_position, ...rest }) => ({ ...showRow(rest), step: stepId(step_position) })),
    findings: findings.map(({ step_position, noted_by, at, ...rest }) => ({ ...rest, step: stepId(step_position) })),
    log: log.map(({ step_position, ...entry }) => ({ ...showRow(entry), step: stepId(step_position) })),
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
      step_position: number | null;
      decision: 'approve' | 'reject';
      spec_sha256: string;
      scope_sha256: string | null;
      comment: string | null;
      at: Date;
    }[]
  >`SELECT approver, role::text AS role, step_position, decision::text AS decision, spec_sha256, scope_sha256,
      comment, at
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
    yield page.map(({ position, key_id, origin, diff, ...cell }) => ({
      ...showRow(cell),
      primary_region: cell.primary_region || null,
    }));
    after = page.at(-1) ?? null;
    if (page.length < rowsAtOnce) return;
  }
}

interface AttemptRow {
  readonly mrk: string;
  readonly key_id: string;
  readonly region: string;
  readonly n: number;
  readonly operation: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly http_status: number | null;
  readonly error: { readonly code?: string; readonly message?: string; readonly provider_code?: string | null } | null;
  readonly request_id: string | null;
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
        SELECT r.mrk, r.key_id, r.region,
          (row_number() OVER (PARTITION BY r.id ORDER BY a.started_at, a.id))::int AS n, a.operation::text AS operation,
          a.started_at, a.finished_at, a.http_status, a.error, a.request_id, a.note
        FROM attempts a JOIN replicas r ON r.id = a.replica_id
        WHERE a.replica_id = ANY(${replicas.map(({ id }) => id)}::uuid[]) ORDER BY r.id, a.started_at, a.id`;
      yield rows.map(({ error, ...row }) => ({
        ...showRow(row),
        step: stepOfPlan.get(planId) ?? null,
        plan_id: planId,
        error_code: error?.code ?? null,
        error_message: error?.message ?? null,
        provider_code: error?.provider_code ?? null,
      }));
      after = replicas.at(-1)?.id ?? null;
      if (replicas.length < rowsAtOnce) break;
    }
  }
}
