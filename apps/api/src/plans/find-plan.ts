import { type PlanRow, type PlanStatusRow, readPlan, readPlanStatus, type Store } from '@keyferry/store';
import { z } from 'zod';
import { absent } from '../http/problem.ts';

/** Reads the plan that a path names, or throws the 404. */
export function mustRead(store: Store, id: string): Promise<PlanRow> {
  return orNotFound(id, () => readPlan(store, id));
}

/** The same without its spec. */
export function mustReadStatus(store: Store, id: string): Promise<PlanStatusRow> {
  return orNotFound(id, () => readPlanStatus(store.prisma, id));
}

async function orNotFound<Row>(id: string, read: () => Promise<Row | null>): Promise<Row> {
  const plan = z.uuid().safeParse(id).success ? await read() : null;
  if (plan === null) throw absent('plan', id);
  return plan;
}
