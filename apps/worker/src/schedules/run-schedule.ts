import { runDueSchedule } from '@keyferry/store';
import { activeSpan } from '@keyferry/tracing';
import type { WorkContext } from '../work-context.ts';

/** Makes the run of a schedule if it is due. What goes wrong with one is logged here, so that the others have their turn. */
export async function runSchedule(
  { store, log }: Pick<WorkContext, 'store' | 'log'>,
  scheduleId: string,
): Promise<void> {
  try {
    const run = await runDueSchedule(store, scheduleId);
    if (run === null) return;
    const tell = run.outcome === 'invalid' ? log.warn.bind(log) : log.info.bind(log);
    const plan = run.outcome === 'submitted' ? run.planId : null;
    activeSpan().note({ 'keyferry.schedule.id': scheduleId, ...(plan === null ? {} : { 'keyferry.plan.id': plan }) });
    tell({ schedule: scheduleId, outcome: run.outcome, plan }, 'a schedule was due');
  } catch (error) {
    log.warn({ err: error, schedule: scheduleId }, 'could not run a schedule; retrying');
  }
}
