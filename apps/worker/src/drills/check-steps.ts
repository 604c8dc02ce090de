import { coveragePolicySchema, coveredPercent, endedCheckStates, policyOfKeys, scopePolicyOf } from '@keyferry/core';
import {
  type CoverageCheckRow,
  changeStep,
  fixCoverageRegions,
  groupCells,
  noteFinding,
  readCheck,
  readDrillMrks,
  readPolicy,
  requestCheck,
} from '@keyferry/store';
import { counted, failed, lookEveryMs, type StepAtWork, type StepMove, type StepWay } from './drill-context.ts';

/** Asks for a check of the drill's keys in the transaction of the step that wants it. */
export async function askForCheck(
  work: StepAtWork,
  { proof, regions }: { proof: boolean; regions?: readonly string[] | undefined },
): Promise<StepMove> {
  const { tx, drill, context } = work;
  const keys = await readDrillMrks(tx, drill.baseline_check_id ?? '');
  const spec = policyOfKeys(await work.runbook(), keys, regions);
  return noteCheck(work, await requestCheck(context.store, tx, { spec, ...asked(work), proof }));
}

/** Who asks for the checks of a drill. */
export const asked = ({ drill }: StepAtWork) => ({
  cause: 'drill' as const,
  requestedBy: drill.created_by,
  drillId: drill.id,
});

/** Notes the check that a step waits for. */
export async function noteCheck({ tx, drill, step }: StepAtWork, checkId: string): Promise<StepMove> {
  const detail = step.check_id === null ? {} : { last_check_id: step.check_id };
  await changeStep(tx, drill.id, step.position, { checkId, detail });
  return { to: 'running', againMs: lookEveryMs, detail: { asked: Number(step.detail.asked ?? 0) + 1 } };
}

/** The check that a step waits for, once it has ended; null: it is under way. */
export async function endedCheck({ context, step }: StepAtWork): Promise<CoverageCheckRow | null> {
  const check = step.check_id === null ? null : await readCheck(context.store, step.check_id);
  return check !== null && endedCheckStates.includes(check.state) ? check : null;
}

export const checkFailed = (check: CoverageCheckRow): StepMove =>
  failed('check_failed', `The coverage check failed: ${check.error?.message ?? 'reason unknown.'}`);

/** Covered cells of a check in percent; none are covered of a check that has none. */
export const percentOf = ({ counts }: CoverageCheckRow): number => (counts && coveredPercent(counts)) ?? 0;

const told = (check: CoverageCheckRow): string =>
  `${check.counts?.covered ?? 0}/${check.counts?.total ?? 0} key-Region pairs covered (${percentOf(check)} %).`;

/** `missing (no_replica)`, and `disabled` alone where the code says no more. */
export const stateWithCode = (state: string, code: string): string =>
  state === code ? state.replaceAll('_', ' ') : `${state.replaceAll('_', ' ')} (${code})`;

/** Notes what is not covered by a check, a finding for each cause. */
export async function noteGaps(
  { tx, drill, step }: StepAtWork,
  check: CoverageCheckRow,
  severity: 'info' | 'warning',
): Promise<void> {
  for (const { state, code, cells, regions } of await groupCells(tx, check.id)) {
    if (state === 'covered') continue;
    await noteFinding(tx, drill.id, {
      severity,
      code: `coverage_${state}`,
      message: `${counted(cells, 'key-Region pair')} ${stateWithCode(state, code)} in ${regions.join(', ')}, found by step ${step.id}.`,
      stepPosition: step.position,
    });
  }
}

/** What the last check of a step that is done has found, each gap a finding; null: none is done. */
export async function noteLastGaps(work: StepAtWork): Promise<string | null> {
  const { context, step } = work;
  for (const id of [step.check_id, step.detail.last_check_id, step.detail.done_check_id]) {
    const check = typeof id === 'string' ? await readCheck(context.store, id) : null;
    if (check?.state !== 'done') continue;
    await noteGaps(work, check, 'warning');
    return told(check);
  }
  return null;
}

export const coverageStep: StepWay<'coverage'> = {
  async begin(work) {
    const { policy } = work.spec;
    if (policy === null) return askForCheck(work, { proof: false });
    const stored = await readPolicy(work.context.store, policy);
    if (stored === null)
      return failed('no_policy', `Coverage policy "${policy}" does not exist. Create it, or correct the runbook.`);
    const fixed = await fixCoverageRegions(work.context.store, stored.spec);
    if ('errors' in fixed) return failed('invalid_policy', fixed.errors.map(({ message }) => message).join(' '));
    return noteCheck(work, await requestCheck(work.context.store, work.tx, { spec: fixed.spec, ...asked(work) }));
  },
  async look(work) {
    const check = await endedCheck(work);
    if (check === null) return { to: 'running', againMs: lookEveryMs };
    if (check.state === 'failed') return checkFailed(check);
    const percent = percentOf(check);
    const passes = (check.counts?.total ?? 0) > 0 && percent >= work.spec.at_least;
    if (percent < 100) await noteGaps(work, check, passes || work.rehearsed ? 'info' : 'warning');
    const detail = { covered_percent: percent };
    if (passes) return { to: 'succeeded', message: told(check), detail };
    return failed('not_covered', `${told(check)} The step requires ${work.spec.at_least} %.`, detail);
  },
};

/** The check that a drill begins with, of what its runbook names. */
export async function askForBaseline(
  { tx, drill, runbook }: Pick<StepAtWork, 'tx' | 'drill' | 'runbook'>,
  { store }: StepAtWork['context'],
): Promise<string> {
  const book = await runbook();
  const spec = { ...coveragePolicySchema.parse(scopePolicyOf(book)), region_groups: book.region_groups };
  return requestCheck(store, tx, { spec, cause: 'drill', requestedBy: drill.created_by, drillId: drill.id });
}
