import { exactDurationInWords } from '@keyferry/core';
import type { EvidenceDocument } from '../evidence-document.ts';

export interface Verdict {
  readonly tone: 'good' | 'warn' | 'bad';
  readonly title: string;
  readonly text: string;
}

/** The result of a drill in one sentence, for readers who stop here. */
export function verdictOf({ drill, tally }: EvidenceDocument): Verdict {
  const { rto, rpo } = tally.times;
  const missed = [
    ...(rto.total.met === false ? ['the recovery time objective'] : []),
    ...(rpo.total.met === false ? ['the recovery point objective'] : []),
    ...(tally.deviations.some(({ code }) => code === 'not_covered') ? ['full coverage'] : []),
  ];
  const reached = `${rto.total.reached} of ${rto.total.cells} key-Region pairs were reached${
    rto.total.max_ms === null ? '' : `, the last ${exactDurationInWords(rto.total.max_ms)} after the drill was declared`
  }.`;
  if (drill.mode === 'rehearse') {
    return {
      tone: 'warn',
      title: 'Rehearsed',
      text: 'Nothing was changed: this shows what a live drill would do, not that it works.',
    };
  }
  if (drill.state === 'failed' || drill.state === 'aborted') {
    const reason = drill.reason === null ? '' : ` ${drill.reason}`;
    return {
      tone: 'bad',
      title: drill.state === 'failed' ? 'Failed' : 'Aborted',
      text: `The drill did not reach its end.${reason} ${reached}`,
    };
  }
  if (missed.length > 0)
    return { tone: 'bad', title: 'Not met', text: `The drill missed ${joined(missed)}. ${reached}` };
  if (drill.state === 'completed_with_findings' || drill.broken_glass !== null) {
    return {
      tone: 'warn',
      title: 'Met, with findings',
      text: `${reached} See the findings for what to fix.`,
    };
  }
  return { tone: 'good', title: 'Met', text: reached };
}

const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
