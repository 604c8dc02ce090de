import { durationSeconds, patienceMs, policyOfKeys, usableCells, usableStates, verifyAgainMs } from '@keyferry/core';
import {
  type CoverageCheckRow,
  changeStep,
  countChangingCells,
  groupCells,
  noteInLog,
  readChangingMrks,
  requestCheck,
} from '@keyferry/store';
import {
  asked,
  askForCheck,
  checkFailed,
  endedCheck,
  noteCheck,
  noteGaps,
  percentOf,
  stateWithCode,
} from './check-steps.ts';
import { failed, lookEveryMs, type StepAtWorkOf, type StepMove, type StepWay } from './drill-context.ts';

type Work = StepAtWorkOf<'verify'>;

/**
 * Proves every cell once, then again those alone that waiting can still change, less and less often. It ends when all are
 * usable, or when no waiting would change the rest: that one is missing, disabled, or stays unconfirmed. That a usable one is
 * not as intended, or expires soon, is a finding. A rehearsal looks once, at what CCKM remembers.
 */
export const verifyStep: StepWay<'verify'> = {
  begin: (work) => askForCheck(work, { proof: !work.rehearsed, regions: work.spec.regions }),
  async look(work) {
    const { tx, drill, step, spec, now } = work;
    const done = typeof step.detail.done_check_id === 'string' ? step.detail.done_check_id : null;
    if (typeof step.detail.again_at === 'string') {
      const waitMs = Date.parse(step.detail.again_at) - now.getTime();
      if (waitMs > 0) return { to: 'running', againMs: waitMs };
      const asking = await (done === null
        ? askForCheck(work, { proof: true, regions: spec.regions })
        : continueCheck(work, done));
      await changeStep(tx, drill.id, step.position, { detail: { again_at: null } });
      return asking;
    }
    const check = await endedCheck(work);
    if (check === null) return { to: 'running', againMs: lookEveryMs };
    if (work.rehearsed) return rehearsed(work, check);
    if (check.state === 'failed') return askAgain(work, check, {});
    return judgeProof(work, check);
  },
};

/** What a rehearsal says of a verification: it proves nothing, since it asks nothing of AWS. */
async function rehearsed(work: Work, check: CoverageCheckRow): Promise<StepMove> {
  if (check.state === 'failed') return checkFailed(check);
  const detail = { covered_percent: percentOf(check) };
  const found = toldUsable(check, 'usable according to CCKM');
  const total = check.counts?.total ?? 0;
  await noteGaps(work, check, 'info');
  if (total > 0 && usableOf(check) === total) {
    return { to: 'succeeded', message: `${found} A rehearsal does not call AWS.`, detail };
  }
  return { to: 'skipped', message: `A live drill would prove all of them here. Now: ${found}`, detail };
}

/** What follows from a proof that was made. */
async function judgeProof(work: Work, check: CoverageCheckRow): Promise<StepMove> {
  const { tx, step, now, context } = work;
  const total = check.counts?.total ?? 0;
  const found = toldUsable(check, 'proven usable');
  const detail = { covered_percent: percentOf(check), again_at: null };
  if (total > 0 && usableOf(check) === total) {
    await noteGaps(work, check, 'warning');
    return { to: 'succeeded', message: toldUsable(check, 'proven usable by AWS'), detail };
  }
  const changing = await countChangingCells(tx, check.id);
  const open = JSON.stringify(changing);
  const progress = open !== step.detail.open;
  const progressAt = progress ? now.toISOString() : String(step.detail.progress_at);
  const unchanged = progress ? 0 : Number(step.detail.unchanged ?? 0) + 1;
  const codes = changing.map(({ code }) => code);
  const patience = patienceMs(codes, context.config.verify.timeoutMs);
  const waitedMs = now.getTime() - Date.parse(progressAt);
  if (changing.length === 0 || waitedMs >= patience) {
    await noteGaps(work, check, 'warning');
    const rest = (await groupCells(tx, check.id)).filter(({ state }) => !isUsable(state));
    const gaps = rest.map(({ state, code, cells }) => `${cells} ${stateWithCode(state, code)}`).join(', ');
    const why =
      changing.length === 0 ? 'The rest cannot change by waiting' : `Unchanged for ${Math.round(waitedMs / 1_000)} s`;
    return failed('not_proven', `${found} ${why}: ${gaps || 'it has no cells'}. See its findings.`, detail);
  }
  return askAgain(work, check, { done_check_id: check.id, open, progress_at: progressAt, unchanged });
}

/** Lets a verification wait before it asks again. */
async function askAgain(
  { tx, drill, step, spec, now }: Work,
  check: CoverageCheckRow,
  detail: Readonly<Record<string, unknown>>,
): Promise<StepMove> {
  await noteInLog(tx, drill.id, {
    kind: 'check',
    message:
      check.state === 'failed' ? `A check failed: ${check.error?.message ?? ''}` : toldUsable(check, 'proven usable'),
    stepPosition: step.position,
    detail: { check_id: check.id },
  });
  const againMs = verifyAgainMs(durationSeconds(spec.every) * 1_000, Number(detail.unchanged ?? 0));
  const again_at = new Date(now.getTime() + againMs).toISOString();
  return { to: 'running', againMs, detail: { covered_percent: percentOf(check), ...detail, again_at } };
}

/** Asks for a check of what waiting can still change of one that is done; all else of that one stands. */
async function continueCheck(work: Work, continuesId: string): Promise<StepMove> {
  const { regions } = work.spec;
  const keys = await readChangingMrks(work.tx, continuesId);
  // A plan may have ended since, and left nothing to check again: then all of it is checked, once.
  if (keys.length === 0) return askForCheck(work, { proof: true, regions });
  const spec = policyOfKeys(await work.runbook(), keys, regions);
  const check = { spec, ...asked(work), proof: true, continuesId };
  return noteCheck(work, await requestCheck(work.context.store, work.tx, check));
}

const isUsable = (state: string): boolean => usableStates.some((usable) => usable === state);

const usableOf = ({ counts }: CoverageCheckRow): number => (counts === null ? 0 : usableCells(counts));

/** How many work, and which of these are not as intended. */
function toldUsable(check: CoverageCheckRow, how: string): string {
  const { total = 0, drifted = 0, expiring = 0 } = check.counts ?? {};
  const but = [
    ...(drifted > 0 ? [`${drifted} drifted`] : []),
    ...(expiring > 0 ? [`${expiring} with material that expires soon`] : []),
  ];
  return `${usableOf(check)}/${total} key-Region pairs ${how}${but.length === 0 ? '' : `, ${but.join(', ')}`}.`;
}
