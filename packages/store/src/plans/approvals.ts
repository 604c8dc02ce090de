import { isDeepStrictEqual } from 'node:util';
import type { Limits, PlanState, Role } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { type Connection, inTransaction, type Store, type Transaction } from '../store.ts';
import { letGoOn } from './recheck-plan.ts';

/*
 * Approvals of plans. What counts is judged in one place, the function is_approved of the database, and a trigger there
 * lets no plan begin to run without it. Whatever adds or voids an approval has locked the plan before.
 */

export interface NewApproval {
  readonly approver: string;
  readonly role: Role;
  readonly specSha256: string;
  /** What the approver has seen, as far as it was named. */
  readonly resolvedSha256: string | undefined;
  readonly limits: { readonly [name in keyof Limits]?: Limits[name] | undefined };
  readonly comment: string | null;
}

/** `proposer`: one of those who proposed the plan, and so cannot approve it. */
export type Approved = 'approved' | 'proposer' | 'wrong_state' | 'other_spec' | 'other_rows' | 'other_limits';

/**
 * Notes an approval, good for `approvalMaxAgeMs`, and lets the plan go on with the last one it needs. A repeat changes
 * nothing. Says `approved`, or why it is not taken.
 */
export function approvePlan(
  store: Store,
  planId: string,
  approval: NewApproval,
  { approvalMaxAgeMs, previewMaxAgeMs }: { approvalMaxAgeMs: number; previewMaxAgeMs: number },
): Promise<Approved> {
  return inTransaction(store, async (tx) => {
    const [plan] = await tx.$queryRaw<LockedPlan[]>`
      SELECT state::text AS state, spec_sha256, resolved_sha256,
        is_one_of(${approval.approver}, proposed_by) AS is_proposer, jsonb_build_object('priority', priority, 'max_in_flight', max_in_flight, 'windows', windows,
          'failure_tolerance', CASE
            WHEN tolerance_count IS NOT NULL THEN jsonb_build_object('count', tolerance_count)
            WHEN tolerance_percent IS NOT NULL THEN jsonb_build_object('percent', tolerance_percent) END) AS limits
      FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
    if (plan === undefined) return 'wrong_state';
    const { approver, role, specSha256, comment } = approval;
    if (plan.is_proposer) return 'proposer';
    if (specSha256 !== plan.spec_sha256) return 'other_spec';
    if ((approval.resolvedSha256 ?? plan.resolved_sha256) !== plan.resolved_sha256) return 'other_rows';
    if (plan.state === 'awaiting_approval') {
      await tx.$executeRaw`
        UPDATE approvals SET voided_at = now(), void_reason = ${expired}
        WHERE plan_id = ${planId}::uuid AND voided_at IS NULL AND expires_at <= now()`;
    }
    const [{ given }] = await tx.$queryRaw<[{ given: boolean }]>`
      SELECT EXISTS (SELECT 1 FROM approvals WHERE plan_id = ${planId}::uuid AND voided_at IS NULL
        AND is_one_of(${approver}, ARRAY[approver])) AS given`;
    if (given && plan.state !== 'awaiting_approval') return 'approved';
    if (plan.state !== 'awaiting_approval' || plan.resolved_sha256 === null) return 'wrong_state';
    const limits = { ...plan.limits, ...approval.limits };
    if (!isDeepStrictEqual(limits, plan.limits)) return 'other_limits';
    if (given) return 'approved';
    await tx.$executeRaw`
      INSERT INTO approvals (id, plan_id, approver, role, spec_sha256, resolved_sha256, limits, comment, expires_at)
      VALUES (${newId()}::uuid, ${planId}::uuid, ${approver}, ${role}::caller_role, ${specSha256}, ${plan.resolved_sha256},
        ${JSON.stringify(plan.limits)}::jsonb, ${comment}, now() + make_interval(secs => ${approvalMaxAgeMs / 1000}))
      ON CONFLICT DO NOTHING`;
    await letGoOn(tx, planId, 'awaiting_approval', previewMaxAgeMs);
    return 'approved';
  });
}

interface LockedPlan {
  readonly state: PlanState;
  readonly spec_sha256: string;
  readonly resolved_sha256: string | null;
  /** The approver is one of those who proposed it, under any of their names. */
  readonly is_proposer: boolean;
  readonly limits: Limits;
}

const expired = 'It expired before the plan started.';

/**
 * Voids the approvals of a plan that `caller` has changed, and takes it back to wait for new ones. One that was paused or
 * halted while it ran waits for them once it is resumed.
 */
export async function voidApprovals(tx: Transaction, planId: string, caller: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE plans SET state = 'awaiting_approval', reason = ${`${caller} changed the limits: the plan needs new approvals.`}
    WHERE id = ${planId}::uuid AND state = 'scheduled' AND approvals_required > 0`;
  await tx.$executeRaw`
    UPDATE approvals SET voided_at = now(), void_reason = ${`${caller} changed the limits of the plan.`}
    WHERE plan_id = ${planId}::uuid AND voided_at IS NULL`;
}

/**
 * Takes plans back that wait for their start and lack approvals by now: some have expired, or the rules have become
 * stricter. Answers how many.
 */
export async function takeBackUnapproved(db: Connection): Promise<number> {
  const back = await db.$queryRaw<unknown[]>`
    WITH back AS (
      UPDATE plans p SET state = 'awaiting_approval', reason = CASE WHEN EXISTS (SELECT 1 FROM approvals a
          WHERE a.plan_id = p.id AND a.voided_at IS NULL AND a.expires_at <= now())
        THEN 'Approvals expired before the plan started: new approvals needed.'
        ELSE 'The approval rules became stricter: more approvals needed.' END
      WHERE p.state = 'scheduled' AND NOT is_approved(p) RETURNING p.id
    ), voided AS (
      UPDATE approvals a SET voided_at = now(), void_reason = ${expired}
      FROM back WHERE a.plan_id = back.id AND a.voided_at IS NULL AND a.expires_at <= now()
    )
    SELECT id FROM back`;
  return back.length;
}
