import { CckmError } from '@keyferry/cckm';
import { errorCatalogue, everywhere, planOfCoverage, sameAsPrimaryOf } from '@keyferry/core';
import {
  type ClaimedCheck,
  claimCheck,
  failCheck,
  finishCheck,
  type HeldCheck,
  isPermanentFailure,
  postponeCheck,
  takeOverCells,
  writeCells,
} from '@keyferry/store';
import { Inventory } from '../resolve/inventory.ts';
import { pairsOfPlan } from '../resolve/pairs-of-plan.ts';
import type { WorkContext } from '../work-context.ts';
import { keyJudge } from './judge-keys.ts';
import { readManagedRegions } from './managed-regions.ts';

export type CheckContext = Pick<WorkContext, 'store' | 'cckm' | 'config' | 'log' | 'resolving' | 'checking'> & {
  readonly session: { readonly id: string; now(): Date };
};

/** After this time a check that keeps failing ends as failed, so that its callers do not wait for ever. */
const givenUpAfterMs = 10 * 60_000;

/** How often a check is made again whose cells Postgres refused. */
const retriesOfRefused = 2;

/** Between tries, milliseconds: short at first, half a minute at most. */
const retryDelay = (tries: number): number => Math.min(30_000, 1_000 * 2 ** Math.min(tries, 5));

/** The claims of a process follow one another: one that began before another ended would not know of its check. */
const claims = new WeakMap<Set<string>, Promise<unknown>>();

function claimInTurn({ checking, session, store }: CheckContext): Promise<ClaimedCheck | null> {
  const before = claims.get(checking) ?? Promise.resolve();
  const claim = before.then(async () => {
    const check = await claimCheck(store, { workerId: session.id, checkIds: [...checking] });
    if (check !== null) checking.add(check.id);
    return check;
  });
  claims.set(
    checking,
    claim.catch(() => undefined),
  );
  return claim;
}

/**
 * Makes the next coverage check that waits for a worker, and answers whether there was one. Repeatable at any point: a
 * worker that takes it over starts again. `signal` ends it between two batches of keys.
 */
export async function makeNextCheck(context: CheckContext, signal: AbortSignal): Promise<boolean> {
  const { checking, log, session, store } = context;
  if (signal.aborted) return false;
  const check = await claimInTurn(context);
  if (check === null) return false;
  const held: HeldCheck = { checkId: check.id, workerId: session.id, epoch: check.epoch };
  const begun = Date.now();
  try {
    const outcome = await makeCheck({ ...context, cckm: cckmFor(context, check) }, check, held, signal);
    if (outcome === 'stopped') await postponeCheck(store, held, { delayMs: 0, reason: null });
    log.info({ check: check.id, outcome, durationMs: Date.now() - begun }, 'coverage check');
  } catch (error) {
    if (signal.aborted) await postponeCheck(store, held, { delayMs: 0, reason: null });
    else await afterTrouble(context, check, held, error, check.age_ms + Date.now() - begun);
  } finally {
    checking.delete(check.id);
  }
  return true;
}

/** A proof reads much from CCKM, and a scheduled check is not urgent: other reads go first. */
function cckmFor({ cckm }: CheckContext, { cause, proof }: ClaimedCheck): CheckContext['cckm'] {
  return proof || cause === 'scheduled' ? cckm.reading('last') : cckm;
}

/** `lost`: another worker has taken it over, or it is gone. */
async function makeCheck(
  context: CheckContext,
  check: ClaimedCheck,
  held: HeldCheck,
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
  const comparePolicies = sameAsPrimaryOf(check.spec).includes('policy');
  const inventory = new Inventory(context, plan.spec, { comparePolicies });
  try {
    const managed = await readManagedRegions(context);
    const { continues_id: continuesId } = check;
    const mrks = check.spec.keys ?? [];
    const again = continuesId === null ? undefined : await takeOverCells(store, held, { continuesId, mrks });
    if (again === null) return 'lost';
    const judge = keyJudge(context, check, plan, managed, () => session.now(), again);
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
  held: HeldCheck,
  error: unknown,
  ageMs: number,
): Promise<void> {
  const outside = error instanceof CckmError ? errorCatalogue[error.code] : null;
  const code = error instanceof CckmError ? error.code : 'internal';
  const said = outside ? `${outside.title} ${outside.operatorAdvice}` : 'See the worker log.';
  const givenUp = (tries > 0 && ageMs > givenUpAfterMs) || (tries >= retriesOfRefused && isPermanentFailure(error));
  if (givenUp) {
    const minutes = Math.round(ageMs / 60_000);
    const why = isPermanentFailure(error) ? 'Postgres refused to store it.' : `It was retried for ${minutes} minutes.`;
    await failCheck(store, held, { code, message: `${why} ${said} Then check again.` });
  } else {
    const reason = outside ? `Waiting for CCKM: ${said}` : 'The check was interrupted and is retried.';
    await postponeCheck(store, held, { delayMs: retryDelay(tries), reason });
  }
  log.warn({ check: held.checkId, code }, givenUp ? 'coverage check failed' : 'coverage check failed; retrying');
  if (outside === null) throw error;
}
