import { durationSeconds } from '@keyferry/core';
import {
  changeDrill,
  countLostAnswers,
  type DrillAtWork,
  drillPromotion,
  endOpenSteps,
  noteFinding,
  readDrillFindings,
  readSlowestCell,
} from '@keyferry/store';
import { counted } from './drill-context.ts';

/** Ends a drill whose steps have all been done: what it has found says how. */
export async function finishDrill(work: DrillAtWork): Promise<void> {
  const { tx, drill } = work;
  await noteLastFindings(work, { all: true });
  const grave = (await readDrillFindings(tx, drill.id)).filter(({ severity }) => severity !== 'info').length;
  if (grave === 0) await changeDrill(tx, drill.id, 'succeeded', null, { finished: true });
  else {
    const reason = `${grave === 1 ? '1 finding needs an owner' : `${grave} findings need an owner`}.`;
    await changeDrill(tx, drill.id, 'completed_with_findings', reason, { finished: true });
  }
}

/** Ends a drill before its last step, failed or aborted. */
export async function endDrill(work: DrillAtWork, state: 'failed' | 'aborted', reason: string | null): Promise<void> {
  await noteLastFindings(work, { all: false });
  await endOpenSteps(work.tx, work.drill.id);
  await changeDrill(work.tx, work.drill.id, state, reason, { finished: true });
}

/** `all` of its steps were done: else there was no time to prove what is not proven. */
async function noteLastFindings(work: DrillAtWork, { all }: { all: boolean }): Promise<void> {
  const { tx, drill, steps, runbook } = work;
  if (drill.baseline_check_id === null || drill.started_at === null) return;
  const lost = await countLostAnswers(tx, drill.id);
  const of = [
    ...(lost.replicas > 0 ? [counted(lost.replicas, 'key-Region pair')] : []),
    ...(lost.moved > 0 ? [counted(lost.moved, 'promoted key')] : []),
  ];
  if (of.length > 0) {
    const message = `Response lost for ${of.join(' and ')}, outcome reconciled: CCKM was read before any call was repeated. No action needed.`;
    await noteFinding(tx, drill.id, { severity: 'info', code: 'lost_answers', message });
  }
  if (!(await work.isAsSubmitted())) return;
  const { rto } = (await runbook()).targets;
  if (rto === null || drill.mode === 'rehearse') return;
  const promotion = drillPromotion(drill, steps, []);
  const httpProofs = steps.flatMap(({ kind, state, finished_at }) =>
    kind === 'http' && state === 'succeeded' && finished_at !== null ? [finished_at] : [],
  );
  const slowest = await readSlowestCell(tx, drill.id, drill.baseline_check_id, promotion, httpProofs);
  const { seconds, open } = slowest;
  if (open > 0) {
    if (!all) return;
    const what = promotion === null ? 'became usable' : 'were promoted and usable';
    const message = `Unknown when ${counted(open, 'key-Region pair')} ${what}: the RTO of ${rto} is not shown to be met. See GET /v1/drills/${drill.id}/keys. A verify step proves them.`;
    await noteFinding(tx, drill.id, { severity: 'warning', code: 'rto_unproven', message });
  } else if (seconds !== null && seconds > durationSeconds(rto)) {
    const what = promotion === null ? 'usable' : 'promoted and usable';
    const message = `RTO of ${rto} missed: the last key-Region pair was ${what} ${Math.round(seconds)} s after the declaration.`;
    await noteFinding(tx, drill.id, { severity: 'warning', code: 'rto_missed', message });
  }
}
