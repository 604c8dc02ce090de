import { CckmError } from '@keyferry/cckm';
import { errorCatalogue, lowerBoundSeconds, type PlanSpec, plannedCalls } from '@keyferry/core';
import {
  claimPlanToResolve,
  failResolving,
  finishResolving,
  insertReplicas,
  postponeResolving,
  quotaIn,
  readLaneQuotas,
  readPlannedWork,
} from '@keyferry/store';
import { resolveKeys } from './resolve-keys.ts';
import { rowMaker } from './resolve-rows.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Turns a plan into its replica rows: reads its keys from CCKM, checks each key × Region against the rules of KMS, and
 * writes the rows in bulk. Repeatable at any point; while CCKM cannot be asked the plan stays `resolving` and says why.
 */
export async function resolvePlan(context: WorkContext, planId: string): Promise<void> {
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

async function resolve(
  context: WorkContext,
  planId: string,
  { spec, tries }: { spec: PlanSpec; tries: number },
): Promise<void> {
  const { store, log } = context;
  try {
    let total = 0;
    const makeRows = rowMaker(context, planId, spec);
    for await (const keys of resolveKeys(context.cckm, spec)) {
      const rows = await makeRows(keys);
      if (!(await insertReplicas(store, planId, rows))) return;
      total += rows.length;
    }
    if (total === 0) {
      await failResolving(store, planId, 'The selector matches no multi-Region primary key that CCKM lists.');
      return;
    }
    const bound = await lowerBound(context, planId, spec);
    await finishResolving(store, planId, nextState(spec), bound);
    log.info({ plan: planId, replicas: total }, 'plan resolved');
  } catch (error) {
    await afterTrouble(context, planId, tries, error);
  }
}

function nextState(spec: PlanSpec): 'previewed' | 'awaiting_approval' | 'scheduled' {
  if (spec.mode === 'preview') return 'previewed';
  return spec.options.require_approval ? 'awaiting_approval' : 'scheduled';
}

async function lowerBound({ store, config }: WorkContext, planId: string, spec: PlanSpec): Promise<number> {
  const calls = plannedCalls(spec, await readPlannedWork(store, planId));
  return lowerBoundSeconds(calls, quotaIn(await readLaneQuotas(store), config.quotas.perSecond));
}

/** Waits between tries to resolve, milliseconds: short at first, a minute at most. */
function retryDelay(tries: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(tries, 6));
}

async function afterTrouble(context: WorkContext, planId: string, tries: number, error: unknown): Promise<void> {
  if (!(error instanceof CckmError)) {
    // Ours or Postgres's: the plan is released and tried again, so that nothing is lost.
    await postponeResolving(context.store, planId, retryDelay(tries), 'Resolving was interrupted; it is tried again.');
    throw error;
  }
  const { title, operatorAdvice } = errorCatalogue[error.code];
  context.log.warn({ plan: planId, code: error.code }, 'CCKM could not be read; resolving is tried again');
  await postponeResolving(context.store, planId, retryDelay(tries), `Waiting for CCKM: ${title} ${operatorAdvice}`);
}
