import { CckmError } from '@keyferry/cckm';
import { errorCatalogue, lowerBoundSeconds, type PlanSpec, plannedCalls } from '@keyferry/core';
import {
  type ClaimedPlan,
  claimPlanToResolve,
  failResolving,
  finishResolving,
  insertReplicas,
  postponeResolving,
  quotaIn,
  readLaneQuotas,
  readPlannedWork,
  readPlanStatus,
  recheckReplicas,
} from '@keyferry/store';
import type { ResolveContext } from './resolve-context.ts';
import { Inventory } from './resolve-inventory.ts';
import { pairsOfPlan, pendingPairs } from './resolve-pairs.ts';
import { rowMaker } from './resolve-rows.ts';

/**
 * Turns a plan into its replica rows: reads its keys from CCKM, checks each key × Region against the rules of KMS, and
 * writes the rows in bulk. Repeatable at any point; while CCKM cannot be asked the plan stays `resolving` and says why.
 */
export async function resolvePlan(context: ResolveContext, planId: string): Promise<void> {
  const { resolving, session, store } = context;
  if (resolving.has(planId)) return;
  const others = { workerId: session.id, planIds: [...resolving] };
  resolving.add(planId);
  try {
    const claimed = await claimPlanToResolve(store, planId, others);
    if (claimed) await resolve(context, planId, claimed);
  } finally {
    resolving.delete(planId);
  }
}

async function resolve(context: ResolveContext, planId: string, { spec, tries, again }: ClaimedPlan): Promise<void> {
  try {
    const inventory = new Inventory(context, spec);
    try {
      if (again) await recheckPlan(context, planId, spec, inventory);
      else await firstCheck(context, planId, spec, inventory);
    } finally {
      await inventory.end();
    }
  } catch (error) {
    await afterTrouble(context, planId, tries, error);
  }
}

async function firstCheck(
  context: ResolveContext,
  planId: string,
  spec: PlanSpec,
  inventory: Inventory,
): Promise<void> {
  const { store, log } = context;
  let total = 0;
  const makeRows = rowMaker(context, planId, spec, inventory);
  for await (const keys of pairsOfPlan(context, planId, spec, inventory)) {
    const rows = await makeRows(keys);
    if (!(await insertReplicas(store, planId, rows))) return;
    total += rows.length;
  }
  if (total === 0) {
    await failResolving(store, planId, nothingToDo(spec));
    return;
  }
  await finish(context, planId, spec, spec.mode === 'preview');
  log.info({ plan: planId, replicas: total }, 'plan resolved');
}

/** Why a plan came to no rows. */
function nothingToDo({ selector }: PlanSpec): string {
  return selector
    ? 'The selector matches no multi-Region primary key that CCKM lists.'
    : 'No key of the plan goes anywhere: its Region groups stand for no Region in the accounts of its keys.';
}

/** Checks a preview again that is some time old: its pending rows, and no others, against what CCKM lists by now. */
async function recheckPlan(
  context: ResolveContext,
  planId: string,
  spec: PlanSpec,
  inventory: Inventory,
): Promise<void> {
  const { store, log } = context;
  const pending = (await readPlanStatus(store.prisma, planId))?.counts.pending ?? 0;
  const makeRows = rowMaker(context, planId, spec, inventory);
  for await (const keys of pendingPairs(context, planId, spec, pending, inventory)) {
    await recheckReplicas(store, planId, await makeRows(keys));
  }
  await finish(context, planId, spec, false);
  log.info({ plan: planId, replicas: pending }, 'preview checked again');
}

async function finish(context: ResolveContext, planId: string, spec: PlanSpec, preview: boolean): Promise<void> {
  const { store, config } = context;
  const calls = plannedCalls(spec, await readPlannedWork(store, planId));
  const quotaOf = quotaIn(await readLaneQuotas(store), config.quotas.perSecond);
  await finishResolving(store, planId, { preview, lowerBoundSeconds: lowerBoundSeconds(calls, quotaOf) });
}

/** Waits between tries to resolve, milliseconds: short at first, a minute at most. */
function retryDelay(tries: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(tries, 6));
}

async function afterTrouble(context: ResolveContext, planId: string, tries: number, error: unknown): Promise<void> {
  if (!(error instanceof CckmError)) {
    // Ours or Postgres's: the plan is released and tried again, so that nothing is lost.
    await postponeResolving(context.store, planId, retryDelay(tries), 'Resolving was interrupted; it is tried again.');
    throw error;
  }
  const { title, operatorAdvice } = errorCatalogue[error.code];
  context.log.warn({ plan: planId, code: error.code }, 'CCKM could not be read; resolving is tried again');
  await postponeResolving(context.store, planId, retryDelay(tries), `Waiting for CCKM: ${title} ${operatorAdvice}`);
}
