import { CckmError } from '@keyferry/cckm';
import { errorCatalogue, lowerBoundSeconds, plannedCalls } from '@keyferry/core';
import {
  type ClaimedPlan,
  claimPlanToResolve,
  failResolving,
  finishResolving,
  insertReplicas,
  isPermanentFailure,
  postponeResolving,
  quotaIn,
  readLaneQuotas,
  readPlannedWork,
  readPlanStatus,
  recheckReplicas,
  sqlState,
} from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { isListRefused } from '../cckm/find-set.ts';
import { Inventory } from './inventory.ts';
import { rowMaker } from './make-rows.ts';
import { pairsOfPlan, pendingPairs } from './pairs-of-plan.ts';
import type { ResolveContext } from './resolve-context.ts';

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
    if (!claimed) return;
    const span = activeSpan();
    span.note({ 'keyferry.plan.id': planId });
    span.link(claimed.traceparent);
    await traced(claimed.again ? 'recheck' : 'resolve', {}, () => resolve(context, claimed));
  } finally {
    resolving.delete(planId);
  }
}

async function resolve(context: ResolveContext, plan: ClaimedPlan): Promise<void> {
  try {
    const inventory = new Inventory(context, plan.spec);
    try {
      if (plan.again) await recheckPlan(context, plan, inventory);
      else await firstCheck(context, plan, inventory);
    } finally {
      await inventory.end();
    }
  } catch (error) {
    await afterTrouble(context, plan, error);
  }
}

async function firstCheck(context: ResolveContext, plan: ClaimedPlan, inventory: Inventory): Promise<void> {
  const { store, log } = context;
  let total = 0;
  const makeRows = rowMaker(context, plan, inventory);
  /** Some rows are written while the next are checked: Postgres and this process each have half of the work. */
  let written = Promise.resolve(true);
  for await (const keys of pairsOfPlan(context, plan, inventory)) {
    const [before, rows] = await Promise.all([written, makeRows(keys)]);
    if (!before) return;
    written = insertReplicas(store, plan.id, rows);
    // Awaited with the next rows, which may be a while: until then it is no unhandled rejection.
    written.catch(() => undefined);
    total += rows.length;
  }
  if (!(await written)) return;
  if (total === 0) {
    await failResolving(store, plan.id, nothingToDo(plan));
    return;
  }
  await finish(context, plan, plan.spec.mode === 'preview');
  activeSpan().note({ 'keyferry.replicas': total });
  log.info({ plan: plan.id, replicas: total }, 'plan resolved');
}

/** Why a plan came to no rows. */
function nothingToDo({ spec, scope }: ClaimedPlan): string {
  const where = scope.accounts === null ? '' : ' in the accounts of its scope';
  return spec.selector
    ? `The selector matches no multi-Region primary key that CCKM lists${where}.`
    : 'No key has a target Region: the Region groups of the plan have no Regions for the accounts of its keys.';
}

/** Checks a preview again that is some time old: its pending rows, and no others, against what CCKM lists by now. */
async function recheckPlan(context: ResolveContext, plan: ClaimedPlan, inventory: Inventory): Promise<void> {
  const { store, log } = context;
  const pending = (await readPlanStatus(store.prisma, plan.id))?.counts.pending ?? 0;
  const makeRows = rowMaker(context, plan, inventory);
  for await (const keys of pendingPairs(context, plan, pending, inventory)) {
    await recheckReplicas(store, plan.id, await makeRows(keys));
  }
  await finish(context, plan, false);
  activeSpan().note({ 'keyferry.replicas': pending });
  log.info({ plan: plan.id, replicas: pending }, 'preview checked again');
}

async function finish(context: ResolveContext, { id, spec }: ClaimedPlan, preview: boolean): Promise<void> {
  const { store, config } = context;
  const calls = plannedCalls(spec, await readPlannedWork(store, id));
  const quotaOf = quotaIn(await readLaneQuotas(store), config.quotas.perSecond);
  await finishResolving(store, id, { preview, lowerBoundSeconds: lowerBoundSeconds(calls, quotaOf) });
}

/** After so many tries that CCKM refuses for good a plan is not tried any more. */
const refusalsBelieved = 3;

/** Waits between tries to resolve, milliseconds: short at first, a minute at most. */
function retryDelay(tries: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(tries, 6));
}

/** How often a resolving that Postgres refused is run again, in case that something else than its data was the cause. */
const retriesOfRefused = 2;

async function afterTrouble(context: ResolveContext, { id, tries }: ClaimedPlan, error: unknown): Promise<void> {
  if (isPermanentFailure(error) && tries >= retriesOfRefused) {
    const why = sqlState(error) ?? (error as Error).name;
    await failResolving(
      context.store,
      id,
      `Postgres refused to store the resolved rows (${why}). Read the log of the workers, fix the cause, and submit the plan again.`,
    );
    throw error;
  }
  if (!(error instanceof CckmError)) {
    // Ours or Postgres's: the plan is released and tried again, so that nothing is lost.
    await postponeResolving(context.store, id, retryDelay(tries), 'Resolving was interrupted and is retried.');
    throw error;
  }
  const { title, operatorAdvice } = errorCatalogue[error.code];
  activeSpan().fail(error.code);
  if (isListRefused(error) && tries + 1 >= refusalsBelieved) {
    context.log.warn(
      { plan: id, code: error.code },
      'CCKM refuses to list the keys of a plan: the plan cannot be resolved',
    );
    await failResolving(context.store, id, `CCKM refuses to list the keys of the plan. ${title} ${operatorAdvice}`);
    return;
  }
  context.log.warn({ plan: id, code: error.code }, 'could not read CCKM; retrying to resolve the plan');
  await postponeResolving(context.store, id, retryDelay(tries), `Waiting for CCKM: ${title} ${operatorAdvice}`);
}
