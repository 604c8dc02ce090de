import { planCommands } from '@keyferry/core';
import { noteMissingApprovals } from '../drills/command-drill.ts';
import { statesIn } from '../states-in-sql.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';

/** Plans and drills that are judged in one transaction. */
const atOnce = 100;

/**
 * Has what waits judged by the rules in force: how many approvals a plan or a drill needs is known as soon as they are put.
 * Nothing depends on it but what is shown, since nothing starts without those of the rules then in force. `previews`: those
 * too that wait to be executed, of which there may be many. Answers how many were judged.
 */
export async function judgeWaiting(store: Store, { previews }: { previews: boolean }): Promise<number> {
  for (let judged = 0; ; ) {
    const [{ plans, drills }] = await store.prisma.$queryRaw<[{ plans: boolean; drills: boolean }]>`
      SELECT EXISTS (SELECT 1 FROM plans p WHERE ${waitingPlan(previews)}) AS plans,
        EXISTS (SELECT 1 FROM drills d WHERE ${waitingDrill}) AS drills`;
    const some = (plans ? await judgePlans(store, previews) : 0) + (drills ? await judgeDrills(store) : 0);
    judged += some;
    // Others hold what is left: they judge it.
    if (some === 0) return judged;
  }
}

/** `plans p` waits, and was judged by older rules. */
const waitingPlan = (previews: boolean): Prisma.Sql => Prisma.sql`p.drill_id IS NULL
  AND (p.state IN ('awaiting_approval', 'scheduled') OR (p.state IN ${statesIn(planCommands.resume)} AND p.started_at IS NULL)
    ${previews ? Prisma.sql`OR p.state = 'previewed'` : Prisma.empty})
  AND p.approval_rules_judged < (SELECT current_approval_rules())`;

/** The same of `drills d`. */
const waitingDrill = Prisma.sql`d.mode = 'live' AND d.state = 'awaiting_approval' AND d.scope_sha256 IS NOT NULL
  AND d.approval_rules_judged < (SELECT current_approval_rules())`;

/** An update is enough: the trigger `plans_approvals_judged` does it. */
function judgePlans({ prisma }: Store, previews: boolean): Promise<number> {
  return prisma.$executeRaw`
    UPDATE plans SET approval_rules_judged = approval_rules_judged WHERE id IN (
      SELECT p.id FROM plans p WHERE ${waitingPlan(previews)}
      ORDER BY p.id LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED)`;
}

function judgeDrills(store: Store): Promise<number> {
  return inTransaction(store, async (tx) => {
    const drills = await tx.$queryRaw<{ id: string; created_by: string }[]>`
      SELECT d.id, d.created_by FROM drills d
      WHERE ${waitingDrill}
      ORDER BY d.id LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED`;
    for (const drill of drills) await noteMissingApprovals(tx, drill);
    return drills.length;
  });
}
