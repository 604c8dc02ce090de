import type { AuditEntryView, Limits, PlanActivityView } from '@keyferry/core';
import { appendEntry, listEntries } from '../audit/entries.ts';
import { inTransaction, type Store } from '../store.ts';

const most = 200;

/** Who did what with a plan, newest first, from the audit log: what that no longer has is not there. */
export async function readActivity(store: Store, planId: string): Promise<PlanActivityView[]> {
  const entries = await listEntries(store, { objectId: planId }, { limit: most, before: null });
  const approvals = await store.prisma.approval.findMany({ where: { planId }, select: { id: true, comment: true } });
  const comments = new Map(approvals.map(({ id, comment }) => [id, comment]));
  return entries.flatMap((entry) =>
    entry.outcome === 'done' && entry.object.type === 'plan' ? [activityOf(entry, comments)] : [],
  );
}

function activityOf(
  { at, actor, action, detail }: AuditEntryView,
  comments: ReadonlyMap<string, string | null>,
): PlanActivityView {
  const text = (name: string) => (typeof detail[name] === 'string' ? detail[name] : null);
  return {
    ...{ at, actor: actor.caller, role: actor.role, action },
    from: text('from') as PlanActivityView['from'],
    state: text('state') as PlanActivityView['state'],
    comment: text('comment') ?? comments.get(text('approval_id') ?? '') ?? null,
    reason: text('reason'),
    retried: action === 'plan.retry' ? { error_code: text('error_code'), region: text('region') } : null,
    limits:
      detail.limits && detail.limits_before
        ? { before: limitsOf(detail.limits_before), after: limitsOf(detail.limits) }
        : null,
  };
}

/** As an entry has them: without what is null. */
const limitsOf = (noted: unknown): Limits => ({
  failure_tolerance: null,
  ...(noted as Omit<Limits, 'failure_tolerance'>),
});

/** Notes what a person says about a plan, in the name that the store has, and answers it as its activity has it. */
export async function commentOnPlan(store: Store, planId: string, comment: string): Promise<PlanActivityView> {
  await inTransaction(store, (tx) =>
    appendEntry(tx, { object: { type: 'plan', id: planId }, action: 'plan.comment', detail: { comment } }),
  );
  const [newest] = (await readActivity(store, planId)).filter(({ action }) => action === 'plan.comment');
  if (newest === undefined) throw new Error('the comment is not in the audit log');
  return newest;
}
