import type { OverviewView } from '@keyferry/core';
import { counted } from '../display/counted.ts';

/** What is under way, in a sentence. */
export function workInWords({ by_state, items, more }: OverviewView['plans']): string {
  const all = items.length + more;
  if (all === 0) return 'Nothing is running, and nothing waits.';
  const running = (by_state.running ?? 0) + (by_state.resolving ?? 0);
  const waiting = all - running;
  const open = items.reduce((sum, { counts }) => sum + counts.pending + counts.queued, 0);
  const parts = [
    running > 0 && `${counted(running, 'plan is', 'plans are')} under way`,
    waiting > 0 &&
      `${running > 0 ? waiting.toLocaleString() : counted(waiting, 'plan')} ${waiting === 1 ? 'waits' : 'wait'}`,
  ];
  const left = open > 0 ? ` ${counted(open, 'replica')}${more > 0 ? ' or more' : ''} to be begun.` : '';
  return `${parts.filter(Boolean).join(', ')}.${left}`;
}
