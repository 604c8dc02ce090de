import { countOf, type DrillView, openStepStates, type PlanView } from '@keyferry/core';

/* What a command does to this very drill, in its numbers: said before it is given. `plan` is that of the step under way. */

export function effectOfPauseDrill(drill: DrillView, plan: PlanView | null): string[] {
  return [
    ...(plan ? [`Of ${plan.name}, ${flightEnds(plan)}.`] : []),
    `${countOf(stepsLeft(drill), 'step waits', 'steps wait')} for resume. The RTO clock keeps running; the time limits of steps stop.`,
  ];
}

export function effectOfResumeDrill(drill: DrillView): string[] {
  const step = drill.steps.find(({ id }) => id === drill.current_step);
  return [
    step
      ? `It continues with step ${step.position + 1} of ${drill.steps.length}, ${step.id}.`
      : 'It continues where it stopped.',
    'Resuming it excludes you from its remaining approvals.',
  ];
}

export function effectOfAbort(drill: DrillView, plan: PlanView | null, rollback: boolean): string[] {
  const left = stepsLeft(drill);
  const moved = promoted(drill);
  return [
    ...(plan ? [`Of ${plan.name}, ${flightEnds(plan)}; ${waiting(plan)} cancelled.`] : []),
    ...(left > 0 ? [`${countOf(left, 'step is', 'steps are')} not done.`] : []),
    ...(moved === 0
      ? ['Nothing has been promoted, so there is nothing to fail back. Replicas made so far stay.']
      : rollback
        ? [`${countOf(moved, 'promoted key is', 'promoted keys are')} then moved back to where the primary was.`]
        : [`${countOf(moved, 'promoted key stays', 'promoted keys stay')} where the primary is now.`]),
    'This cannot be undone.',
  ];
}

/** Keys that promote steps have moved, and no failback has moved back. */
export function promoted({ steps, mode }: Pick<DrillView, 'steps' | 'mode'>): number {
  if (mode === 'rehearse') return 0;
  let moved = 0;
  for (const { kind, state, progress } of steps) {
    if (kind === 'promote') moved = Math.max(moved, progress?.done ?? 0);
    if (kind === 'failback' && state === 'succeeded') moved = 0;
  }
  return moved;
}

function stepsLeft({ steps }: DrillView): number {
  return steps.filter(({ state }) => openStepStates.includes(state)).length;
}

function flightEnds({ counts }: PlanView): string {
  return `${(counts.replicating + counts.creating + counts.importing).toLocaleString('en')} in flight finish`;
}

function waiting({ counts }: PlanView): string {
  const n = counts.pending + counts.queued;
  return `${n.toLocaleString('en')} pending ${n === 1 ? 'is' : 'are'}`;
}
