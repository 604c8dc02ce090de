import {
  approvalsInWords,
  currentStepStates,
  type DrillCommand,
  drillCommands,
  type FindingSeverity,
  openPlanStates,
  planCommands,
  type Role,
} from '@keyferry/core';
import { newId } from '../new-id.ts';
import { statesIn } from '../states-in-sql.ts';
import { inTransaction, type Store, type Transaction } from '../store.ts';
import { noteFinding, noteInLog } from './drill-notes.ts';
import { type DrillRow, type DrillStepRow, readDrillSteps } from './drill-row.ts';
import { changeDrill, changeStep, lockDrill, lookAgain } from './drill-work.ts';

/*
 * The commands of people to a drill. Each locks the drill, and leaves the rest to the workers, which start at once.
 */

/** Why a command was not taken; `done`: it was. */
export type DrillCommanded =
  | 'done'
  | 'absent'
  | 'wrong_state'
  /** It runs, and no step of it waits for approval. */
  | 'nothing_waits'
  | 'proposer'
  | 'not_named'
  | 'other_spec'
  | 'other_scope'
  | 'other_step'
  | 'decided';

export interface DrillDecision {
  readonly approver: string;
  readonly role: Role;
  /** The id of the step; null: the drill as a whole. */
  readonly step: string | null;
  readonly decision: 'approve' | 'reject';
  readonly specSha256: string;
  readonly scopeSha256: string | undefined;
  readonly comment: string | null;
}

/** Notes a go or a no-go. The last approval that is needed lets the drill, or its step, go on; a no-go ends it. */
export function decideDrill(store: Store, drillId: string, given: DrillDecision): Promise<DrillCommanded> {
  return inTransaction(store, async (tx) => {
    const drill = await lockDrill(tx, drillId);
    if (drill === null) return 'absent';
    const { approver, step: stepId, decision, comment } = given;
    if (await isOneOf(tx, approver, drill.proposed_by)) return 'proposer';
    if (drill.approvers.length > 0 && !drill.approvers.includes(approver)) return 'not_named';
    if (given.specSha256 !== drill.spec_sha256) return 'other_spec';
    if ((given.scopeSha256 ?? drill.scope_sha256) !== drill.scope_sha256) return 'other_scope';
    if (drill.scope_sha256 === null || !drillCommands.approve.includes(drill.state)) return 'wrong_state';
    const waiting = awaitingStep(drill, await readDrillSteps(tx, drillId));
    if (waiting === 'nothing') return 'nothing_waits';
    if ((waiting?.id ?? null) !== stepId) return 'other_step';
    const position = waiting?.position ?? null;
    const [before] = await tx.$queryRaw<{ decision: string }[]>`
      SELECT decision::text AS decision FROM drill_approvals WHERE drill_id = ${drillId}::uuid
        AND step_position IS NOT DISTINCT FROM ${position}::int AND is_one_of(${approver}, ARRAY[approver])`;
    if (before !== undefined) return before.decision === decision ? 'done' : 'decided';
    await tx.$executeRaw`
      INSERT INTO drill_approvals (id, drill_id, step_position, approver, role, decision, spec_sha256, scope_sha256, comment)
      VALUES (${newId()}::uuid, ${drillId}::uuid, ${position}::int, ${approver}, ${given.role}::caller_role,
        ${decision}::drill_decision, ${drill.spec_sha256}, ${drill.scope_sha256}, ${comment})`;
    const what = waiting === null ? 'the drill' : `step ${waiting.id}`;
    const said = `${approver} ${decision === 'approve' ? 'approved' : 'rejected'} ${what}.${comment === null ? '' : ` "${comment}"`}`;
    await noteInLog(tx, drillId, { kind: 'approval', message: said, stepPosition: position });
    if (waiting !== null) await lookAgain(tx, drillId, 0);
    else if (decision === 'reject') await changeDrill(tx, drillId, 'failed', said, { finished: true });
    else if (!(await startIfApproved(tx, drillId))) await noteMissingApprovals(tx, drill);
    return 'done';
  });
}

/** Whether a caller is one of these people, under any of their names. */
async function isOneOf(tx: Transaction, caller: string, callers: readonly string[]): Promise<boolean> {
  const [row] = await tx.$queryRaw<[{ same: boolean }]>`SELECT is_one_of(${caller}, ${[...callers]}::text[]) AS same`;
  return row.same;
}

/** Starts a drill that has its approvals, or needs none; it waits for them otherwise. */
export async function startIfApproved(tx: Transaction, drillId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<[{ approved: boolean }]>`
    SELECT is_drill_approved(d) AS approved FROM drills d WHERE d.id = ${drillId}::uuid`;
  if (row.approved) await changeDrill(tx, drillId, 'running', null, { approved: true, started: true });
  return row.approved;
}

/** How many approvals a drill has and needs by now: more where the approval rules ask for more than its runbook. */
async function countApprovals(tx: Transaction, drillId: string): Promise<{ given: number; needed: number }> {
  const [counted] = await tx.$queryRaw<[{ given: number; needed: number }]>`
    SELECT drill_approvals_needed(d) AS needed, (SELECT count(DISTINCT person_of(a.approver))::int FROM drill_approvals a
      WHERE a.drill_id = d.id AND a.step_position IS NULL AND a.decision = 'approve') AS given
    FROM drills d WHERE d.id = ${drillId}::uuid`;
  return counted;
}

const missingInWords = (
  { given, needed }: { given: number; needed: number },
  { created_by }: Pick<DrillRow, 'created_by'>,
): string => `${approvalsInWords(given, needed)}, not by ${created_by}.`;

/** Says in a drill's reason how many approvals are missing by now. */
export async function noteMissingApprovals(tx: Transaction, drill: Pick<DrillRow, 'id' | 'created_by'>): Promise<void> {
  const reason = missingInWords(await countApprovals(tx, drill.id), drill);
  await tx.$executeRaw`UPDATE drills SET reason = ${reason} WHERE id = ${drill.id}::uuid`;
}

/** Lets a drill wait for the approvals that it lacks. That it names too few people for them is a finding. */
export async function awaitApprovals(tx: Transaction, drill: DrillRow): Promise<void> {
  const counted = await countApprovals(tx, drill.id);
  const approvers = new Set(drill.approvers).size;
  if (approvers > 0 && approvers < counted.needed) {
    await noteFinding(tx, drill.id, {
      severity: 'blocking',
      code: 'too_few_approvers',
      message: `The approval rules require ${counted.needed} approvals, but the runbook names ${approvers} approvers: it cannot start. Name more approvers, then declare a new drill.`,
    });
  }
  await changeDrill(tx, drill.id, 'awaiting_approval', missingInWords(counted, drill));
}

/** What waits for approval: null is the drill as a whole. */
function awaitingStep(drill: DrillRow, steps: readonly DrillStepRow[]): DrillStepRow | null | 'nothing' {
  if (drill.state === 'awaiting_approval') return null;
  return steps.find(({ state }) => state === 'awaiting_approval') ?? 'nothing';
}

/** Lets a drill, or the step that waits, go on without the approvals it lacks. That it was done is a finding. */
export function breakGlass(store: Store, drillId: string, by: string, reason: string): Promise<DrillCommanded> {
  return inTransaction(store, async (tx) => {
    const drill = await lockDrill(tx, drillId);
    if (drill === null) return 'absent';
    if (await isOneOf(tx, by, drill.proposed_by)) return 'proposer';
    if (!drillCommands.break_glass.includes(drill.state)) return 'wrong_state';
    const waiting = awaitingStep(drill, await readDrillSteps(tx, drillId));
    if (waiting === 'nothing') return 'nothing_waits';
    const stepPosition = waiting?.position ?? null;
    await tx.$executeRaw`
      UPDATE drills SET broken_glass_by = coalesce(broken_glass_by, ${by}), broken_glass_at = coalesce(broken_glass_at, now()),
        broken_glass_reason = coalesce(broken_glass_reason, ${reason})
      WHERE id = ${drillId}::uuid`;
    await noteFinding(tx, drillId, {
      severity: 'warning',
      code: 'broken_glass',
      message: `Break-glass by ${by}: ${waiting === null ? 'the drill' : `step ${waiting.id}`} continued without the missing approvals. Reason: "${reason}"`,
      stepPosition,
    });
    if (waiting === null) await startIfApproved(tx, drillId);
    else {
      await changeStep(tx, drillId, waiting.position, { detail: { broken_glass_by: by } });
      await lookAgain(tx, drillId, 0);
    }
    return 'done';
  });
}

/** Pauses a drill with the plan of its step: what is in flight finishes. */
export function pauseDrill(store: Store, drillId: string, by: string): Promise<DrillCommanded> {
  return command(store, drillId, 'pause', async (tx) => {
    await tx.$executeRaw`UPDATE drills SET paused_at = now() WHERE id = ${drillId}::uuid`;
    await changeDrill(tx, drillId, 'paused', `Paused by ${by}.`);
    await pauseStepPlan(tx, drillId);
  });
}

/** Pauses the plan of the step that is under way; true where it does not go on by itself any more. */
export async function pauseStepPlan(tx: Transaction, drillId: string): Promise<boolean> {
  await tx.$executeRaw`
    UPDATE plans p SET state = 'paused', reason = 'Its drill was paused.'
    FROM drill_steps s WHERE s.drill_id = ${drillId}::uuid AND s.state = 'running' AND p.id = s.plan_id
      AND p.state IN ${statesIn(planCommands.pause)}`;
  const [row] = await tx.$queryRaw<[{ still: boolean }]>`
    SELECT NOT EXISTS (SELECT 1 FROM drill_steps s JOIN plans p ON p.id = s.plan_id
      WHERE s.drill_id = ${drillId}::uuid AND s.state = 'running' AND p.state = 'resolving') AS still`;
  return row.still;
}

/** Lets a paused drill go on: its deadlines move on by the pause. Who did may not approve it any more. */
export function resumeDrill(store: Store, drillId: string, by: string): Promise<DrillCommanded> {
  return command(store, drillId, 'resume', async (tx) => {
    await tx.$executeRaw`
      UPDATE drill_steps s SET deadline_at = s.deadline_at + (now() - d.paused_at)
      FROM drills d WHERE d.id = ${drillId}::uuid AND s.drill_id = d.id 
        AND s.state = ANY(${currentStepStates}::drill_step_state[])`;
    await tx.$executeRaw`
      UPDATE drills SET paused_at = NULL, proposed_by = CASE WHEN ${by} = ANY(proposed_by) THEN proposed_by
        ELSE array_append(proposed_by, ${by}) END
      WHERE id = ${drillId}::uuid`;
    await changeDrill(tx, drillId, 'running', `Resumed by ${by}.`);
    await tx.$executeRaw`
      UPDATE plans p SET reason = NULL, state = (CASE WHEN p.started_at IS NULL THEN 'scheduled' ELSE 'running' END)::plan_state
      FROM drill_steps s WHERE s.drill_id = ${drillId}::uuid AND s.state = 'running' AND p.id = s.plan_id
        AND p.state = 'paused'`;
  });
}

/** Ends a drill: what is in flight finishes, and with `rollback` what was promoted is promoted back. */
export function abortDrill(
  store: Store,
  drillId: string,
  { by, rollback }: { by: string; rollback: boolean },
): Promise<DrillCommanded> {
  return command(store, drillId, 'abort', async (tx, { state }) => {
    const reason = `Aborted by ${by}.`;
    const began = state === 'running' || state === 'paused';
    if (rollback && began) await changeDrill(tx, drillId, 'rolling_back', reason, { ending: 'aborted' });
    else await changeDrill(tx, drillId, 'aborted', reason, { finished: !began });
    await cancelStepPlans(tx, drillId);
  });
}

/** A preview that a rehearsal has made stays as what it showed. */
const cancelledWithDrill = openPlanStates.filter((state) => state !== 'previewed');

/** Cancels the plans of a drill that are not at their end, but for the one that rolls it back. */
export async function cancelStepPlans(tx: Transaction, drillId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE plans p SET state = 'cancelled', reason = 'Its drill was aborted.'
    FROM drills d WHERE d.id = ${drillId}::uuid AND p.drill_id = d.id AND p.id IS DISTINCT FROM d.rollback_plan_id
      AND p.state IN ${statesIn(cancelledWithDrill)}`;
}

/** Cancels the plan of a step; what is in flight finishes. */
export async function cancelPlan(tx: Transaction, planId: string, reason: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE plans SET state = 'cancelled', reason = ${reason} WHERE id = ${planId}::uuid
      AND state IN ${statesIn(cancelledWithDrill)}`;
}

/** Whether a plan of a drill has something in flight, or may still get it. */
export async function hasPlansUnderWay(tx: Transaction, drillId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM plans WHERE drill_id = ${drillId}::uuid AND finished_at IS NULL AND state <> 'previewed' LIMIT 1`;
  return rows.length > 0;
}

/** Notes a finding in the words of a person, also once the drill is closed. */
export function noteDrillFinding(
  store: Store,
  drillId: string,
  finding: {
    severity: FindingSeverity;
    message: string;
    owner: string | null;
    due: string | null;
    ticket: string | null;
    by: string;
  },
): Promise<boolean> {
  const { by, ...rest } = finding;
  return inTransaction(store, async (tx) => {
    if ((await lockDrill(tx, drillId)) === null) return false;
    await noteFinding(tx, drillId, { ...rest, code: 'noted', notedBy: by });
    return true;
  });
}

function command(
  store: Store,
  drillId: string,
  name: DrillCommand,
  act: (tx: Transaction, drill: DrillRow) => Promise<void>,
): Promise<DrillCommanded> {
  return inTransaction(store, async (tx) => {
    const drill = await lockDrill(tx, drillId);
    if (drill === null) return 'absent';
    if (!drillCommands[name].includes(drill.state)) return 'wrong_state';
    await act(tx, drill);
    return 'done';
  });
}
