import type { HealthCode, HealthReason, PlanView, WaitingCode } from '@keyferry/core';

/** Without these no plan makes progress. */
const titles: Partial<Record<HealthCode, string>> = {
  no_worker: 'No worker is alive',
  cckm_down: 'CCKM is down',
  queue_away: 'The queue is down',
  queue_refuses_writes: 'The queue refuses writes',
};

/** What a plan that waits says of them itself. */
const saidByPlan: Partial<Record<WaitingCode, readonly HealthCode[]>> = {
  no_worker: ['no_worker'],
  cckm_down: ['cckm_down'],
  login_refused: ['cckm_down'],
  queue_down: ['queue_away', 'queue_refuses_writes'],
};

/** What a plan that is not finished depends on and is down, where the plan does not say so itself. */
export function dependenciesDown(
  { finished_at, waiting }: Pick<PlanView, 'finished_at' | 'waiting'>,
  reasons: readonly HealthReason[],
): { code: HealthCode; title: string; message: string }[] {
  if (finished_at !== null) return [];
  const said = (waiting && saidByPlan[waiting.code]) ?? [];
  return reasons.flatMap(({ code, message }) => {
    const title = titles[code];
    return title === undefined || said.includes(code) ? [] : [{ code, title, message }];
  });
}
