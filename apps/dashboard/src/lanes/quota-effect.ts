import { durationInWords, type LaneView } from '@keyferry/core';
import { secondsPending } from './lane-pace.ts';

/** What another quota would change, in words. */
export function effectOf(lane: LaneView, quota: number): string {
  const { quota_per_second, pending } = lane;
  if (quota === quota_per_second) return `It is ${quota.toLocaleString()} a second now.`;
  const change = `From ${quota_per_second.toLocaleString()} to ${quota.toLocaleString()} a second, from the next call on.`;
  if (pending === 0) return `${change} Nothing is pending here just now.`;
  const [before, after] = [durationInWords(secondsPending(lane)), durationInWords(secondsPending(lane, quota))];
  return `${change} The ${pending.toLocaleString()} pending here would take at least ${after} instead of ${before}.`;
}
