import { Prisma } from '../store.ts';

/* The one home of the state in which a plan goes on, and of when it starts. */

/** `plans p` has its approvals by the rules in force. */
const isApproved = Prisma.sql`is_approved(p)`;

/** The same, but one that has started keeps its approvals, expired or not, unless a change of its limits has voided them. */
export const keepsApproved = Prisma.sql`(CASE WHEN p.started_at IS NULL THEN is_approved(p) ELSE keeps_approvals(p) END)`;

/** The state in which `plans p` goes on. One that has not started is compared with what was resolved before it runs. */
export function goesOn(approved: Prisma.Sql = isApproved): Prisma.Sql {
  return Prisma.sql`(CASE WHEN NOT ${approved} THEN 'awaiting_approval' WHEN p.started_at IS NULL THEN 'scheduled'
    ELSE 'running' END)::plan_state`;
}

/** `plans p` waits for its start, which is due by then. */
export function startsBy(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(p.state = 'scheduled' AND (p.start_at IS NULL OR p.start_at <= ${time}))`;
}
