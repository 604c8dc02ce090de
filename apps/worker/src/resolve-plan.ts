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
  readPendingKeys,
  readPlannedWork,
  recheckReplicas,
} from '@keyferry/store';
import type { ResolveContext } from './resolve-context.ts';
import { resolveKeys } from './resolve-keys.ts';
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
  const { store, log } = context;
  try {
    if (again) {
      await recheckPlan(context, planId, spec);
      return;
    }
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
    await finishResolving(store, planId, nextState(spec), await lowerBound(context, planId, spec));
    log.info({ plan: planId, replicas: total }, 'plan resolved');
  } catch (error) {
    await afterTrouble(context, planId, tries, error);
  }
}

/**
 * Checks a preview again that is some time old: its pending rows, and no others, against what CCKM lists by now. Each key is
 * meant as it was when it was previewed, so that its templates and overrides stay the same.
 */
async function recheckPlan(context: ResolveContext, planId: string, spec: PlanSpec): Promise<void> {
  const { store, log, cckm } = context;
  const pending = new Map((await readPendingKeys(store, planId)).map((key) => [key.keyId, key]));
  if (pending.size > 0) {
    const { selector: _selector, ...rest } = spec;
    const makeRows = rowMaker(context, planId, spec);
    const asPreviewed: PlanSpec = {
      ...rest,
      keys: [...pending.keys()],
      options: { ...spec.options, replicas_as_primary: false },
    };
    for await (const keys of resolveKeys(cckm, asPreviewed)) {
      const meant = keys.map((resolved) => {
        const { alias = null, aliases = [] } = pending.get(resolved.reference) ?? {};
        return { ...resolved, alias, key: resolved.key && { ...resolved.key, aliases } };
      });
      await recheckReplicas(store, planId, await makeRows(meant));
    }
  }
  await finishResolving(store, planId, 'scheduled', await lowerBound(context, planId, spec));
  log.info({ plan: planId, keys: pending.size }, 'preview checked again');
}

function nextState(spec: PlanSpec): 'previewed' | 'awaiting_approval' | 'scheduled' {
  if (spec.mode === 'preview') return 'previewed';
  return spec.options.require_approval ? 'awaiting_approval' : 'scheduled';
}

async function lowerBound({ store, config }: ResolveContext, planId: string, spec: PlanSpec): Promise<number> {
  const calls = plannedCalls(spec, await readPlannedWork(store, planId));
  return lowerBoundSeconds(calls, quotaIn(await readLaneQuotas(store), config.quotas.perSecond));
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
