import { durationInWords, type LaneOperation, type LaneView, requestsPerCall } from '@keyferry/core';

type Paced = Pick<LaneView, 'operation' | 'quota_per_second' | 'effective_per_second' | 'pending'>;

/** The share of its quota that a lane goes at: what is left of it by the headroom and by throttling. */
export function shareOf({ effective_per_second, quota_per_second }: Paced): number {
  return effective_per_second / quota_per_second;
}

/** The least time that what waits in a lane takes there, at the share it goes at now, with its quota or another one. */
export function secondsPending(lane: Paced, quota: number = lane.quota_per_second): number {
  const requests = lane.pending * (requestsPerCall[lane.operation as LaneOperation] ?? 1);
  return requests / (quota * shareOf(lane));
}

/** What another quota would change, in words. */
export function effectOf(lane: LaneView, quota: number): string {
  const { quota_per_second, pending } = lane;
  if (quota === quota_per_second) return `It is ${quota.toLocaleString('en')} a second now.`;
  const change = `From ${quota_per_second.toLocaleString('en')} to ${quota.toLocaleString('en')} a second, from the next call on.`;
  if (pending === 0) return `${change} Nothing is pending here just now.`;
  const [before, after] = [durationInWords(secondsPending(lane)), durationInWords(secondsPending(lane, quota))];
  return `${change} The ${pending.toLocaleString('en')} pending here would take at least ${after} instead of ${before}.`;
}
