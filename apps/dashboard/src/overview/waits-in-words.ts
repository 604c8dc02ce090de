import type { OverviewPlan } from '@keyferry/core';
import { localTime } from '../display/local-time.ts';

/** What a plan that does not move waits for; null: it moves. */
export function waitsInWords(
  { waits_for, state, start_at, window }: OverviewPlan,
  now: Date = new Date(),
): string | null {
  switch (waits_for) {
    case null:
      return null;
    case 'approval':
      return 'Waits for approval';
    case 'window':
      return window === null ? 'Waits for its window' : `Its window opens ${localTime(window.opens_at, now)}`;
    case 'start_at':
      return start_at === null ? 'Waits for its start' : `Starts ${localTime(start_at, now)}`;
    case 'circuit':
      return 'Waits for CCKM';
    case 'person':
      return state === 'previewed' ? 'Waits to be executed' : 'Waits to be resumed';
  }
}
