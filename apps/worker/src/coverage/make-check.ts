import { CckmError } from '@keyferry/cckm';
import { errorCatalogue, everywhere, planOfCoverage } from '@keyferry/core';
import { type ClaimedCheck, claimCheck, failCheck, finishCheck, postponeCheck, writeCells } from '@keyferry/store';
import { Inventory } from '../resolve-inventory.ts';
import { pairsOfPlan } from '../resolve-pairs.ts';
import type { WorkContext } from '../work-context.ts';
import { keyJudge } from './judge-keys.ts';
import { readManagedRegions } from './managed-regions.ts';

export type CheckContext = Pick<WorkContext, 'store' | 'cckm' | 'config' | 'log' | 'resolving' | 'checking'> & {
  readonly session: { readonly id: string; now(): Date };
};

/** After so long a check that cannot be made is given up: whoever waits for it must be told. */
const givenUpAfterMs = 10 * 60_000;

/** Between tries, milliseconds: short at first, half a minute at most. */
const retryDelay = (tries: number): number => Math.min(30_000, 1_000 * 2 ** Math.min(tries, 5));

/** What a worker holds of a check. */
interface Held {
  readonly checkId: string;
  readonly workerId: string;
}

/**
 * Makes the next coverage check that waits for a worker, and answers whether there was one. Repeatable at any point: a
 * worker that takes it over begins anew. `signal` ends it between two batches of keys.
 */
export async function makeNextCheck(context: CheckContext, signal: AbortSignal): Promise<boolean> {
  const { checking, log, session, store } = context;
  if (signal.aborted) return false;
  const workerId = session.id;
  const check = await claimCheck(store, { workerId, checkIds: [...checking] });
  if (check === null) return false;
  const held = { checkId: check.id, workerId };
  const begun = Date.now();
  checking.add(check.id);
  try {
    const outcome = await makeCheck(context, check, held, signal);
    if (outcome === 'stopped') await postponeCheck(store, held, { delayMs: 0, reason: null });
    log.info({ check: check.id, outcome, durationMs: Date.now() - begun }, 'coverage check');
  } catch (error) {
    await afterTrouble(context, check, held, error, check.ageMs + Date.now() - begun);
  } finally {
    checking.delete(check.id);
  }
  return true;
}

/** `lost`: another worker has taken it over, or it is gone. */
async function makeCheck(
  context: CheckContext,
  check: ClaimedCheck,
  held: Held,
  signal: AbortSignal,
): Promise<'done' | 'stopped' | 'lost'> {
  const { session, store } = context;
  const plan = {
    id: check.id,
    spec: planOfCoverage(check.spec),
    scope: everywhere,
    tries: check.tries,
    traceparent: null,
    again: false,
  };
  const comparePolicies = check.spec.same_as_primary.includes('policy');
  const inventory = new Inventory(context, plan.spec, { comparePolicies });
  try {
    const managed = await readManagedRegions(context);
    const judge = keyJudge(context, check, plan, managed, () => session.now());
    for await (const keys of pairsOfPlan(context, plan, inventory)) {
      if (signal.aborted) return 'stopped';
      const judged = await judge(keys);
      if (!(await writeCells(store, held, judged.keys, judged.cells))) return 'lost';
    }
    return (await finishCheck(store, held)) ? 'done' : 'lost';
  } finally {
    await inventory.end();
  }
}

async function afterTrouble(
  { store, log }: CheckContext,
  { tries }: ClaimedCheck,
  held: Held,
  error: unknown,
  ageMs: number,
): Promise<void> {
  const outside = error instanceof CckmError ? errorCatalogue[error.code] : null;
  const code = error instanceof CckmError ? error.code : 'internal';
  const said = outside ? `${outside.title} ${outside.operatorAdvice}` : 'The log of the worker says why.';
  const givenUp = tries > 0 && ageMs > givenUpAfterMs;
  if (givenUp) {
    const minutes = Math.round(ageMs / 60_000);
    await failCheck(store, held, { code, message: `It was tried for ${minutes} minutes. ${said} Then check again.` });
  } else {
    const reason = outside ? `Waiting for CCKM: ${said}` : 'The check was interrupted; it is made again.';
    await postponeCheck(store, held, { delayMs: retryDelay(tries), reason });
  }
  log.warn({ check: held.checkId, code }, givenUp ? 'a coverage check was given up' : 'a coverage check is made again');
  if (outside === null) throw error;
}
