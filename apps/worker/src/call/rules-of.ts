import { type CallContext, type CallFailure, errorRule, type LookContext } from '@keyferry/core';
import type { ReplicaRow } from '@keyferry/store';
import type { WorkContext } from '../work-context.ts';

/** What the rules of a replica's life need to know of its plan and of now, after a look at it. */
export async function lookContext(context: WorkContext, row: ReplicaRow): Promise<LookContext> {
  const { options } = await context.store.plans.specOf(row.plan_id);
  return {
    now: context.session.now(),
    random: context.random,
    watch: context.config.verify,
    importMaterial: options.import_material,
    maxAttempts: options.max_attempts,
  };
}

/** The same after a call begun at `since`; one that failed as calls fail while CCKM is down asks whether it was. */
export async function callContext(
  context: WorkContext,
  row: ReplicaRow,
  refused: { readonly failure: CallFailure; readonly since: Date } | null = null,
): Promise<CallContext> {
  const { options } = await context.store.plans.specOf(row.plan_id);
  return {
    cckmIsDown:
      refused !== null &&
      errorRule(refused.failure.code).outage === 'cckm' &&
      (await context.circuits.wasCckmDown(refused.since)),
    now: context.session.now(),
    random: context.random,
    maxAttempts: options.max_attempts,
    watch: context.config.verify,
  };
}
