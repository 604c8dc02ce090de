import { noteMissingApprovals } from '../drills/command-drill.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';

/** Plans and drills that are judged in one transaction. */
const atOnce = 100;

/**
 * Has what waits judged by the rules in force: how many approvals a plan or a drill needs is known as soon as they are put.
 * Nothing depends on it but what is shown, since nothing starts without those of the rules then in force. `previews`: those
 * too that wait to be executed, of which there may be many. Answers how many were judged.
 */
export async function judgeWaiting(store: Store, { previews }: { previews: boolean }): Promise<number> {
  const [{ newest }] = await store.prisma.$queryRaw<[{ newest: number }]>`SELECT current_approval_rules() AS newest`;
  if (newest === 0) return 0;
  let judged = 0;
  for (;;) {
    const some = (await judgePlans(store, newest, previews)) + (await judgeDrills(store, newest));
    judged += some;
    if (some < atOnce) return judged;
  }
}

/** An update is enough: the trigger `plans_approvals_judged` does it. */
function judgePlans({ prisma }: Store, newest: number, previews: boolean): Promise<number> {
  return prisma.$executeRaw`
    UPDATE plans SET approval_rules_judged = approval_rules_judged WHERE id IN (
      SELECT p.id FROM plans p WHERE p.drill_id IS NULL AND p.approval_rules_judged < ${newest}
        AND (p.state IN ('awaiting_approval', 'scheduled') OR (p.state IN ('paused', 'halted') AND p.started_at IS NULL)
          ${previews ? Prisma.sql`OR p.state = 'previewed'` : Prisma.empty})
      ORDER BY p.id LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED)`;
}

function judgeDrills(store: Store, newest: number): Promise<number> {
  return inTransaction(store, async (tx) => {
    const drills = await tx.$queryRaw<{ id: string; createdBy: string }[]>`
      SELECT d.id, d.created_by AS "createdBy" FROM drills d
      WHERE d.mode = 'live' AND d.state = 'awaiting_approval' AND d.approval_rules_judged < ${newest}
      ORDER BY d.id LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED`;
    for (const drill of drills) await noteMissingApprovals(tx, drill);
    return drills.length;
  });
}
