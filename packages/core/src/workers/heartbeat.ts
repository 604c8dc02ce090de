/** A worker prolongs its lease so often in the time that the lease lasts. */
export const beatsOfLease = 4;

/** Beats that a worker may miss before it counts as late. */
const missedBeats = 2;

/** What a worker's row says of its heartbeat; times in milliseconds since the epoch. */
export interface Heartbeat {
  readonly heartbeatAt: number;
  /** When the lease ends that this heartbeat prolonged. */
  readonly aliveUntil: number;
}

/** How old the last heartbeat is, seconds, and whether that is older than a worker in order lets it become. */
export function heartbeatAge({ heartbeatAt, aliveUntil }: Heartbeat, now: number): { seconds: number; late: boolean } {
  const ageMs = Math.max(0, now - heartbeatAt);
  const beatMs = (aliveUntil - heartbeatAt) / beatsOfLease;
  return { seconds: Math.round(ageMs / 100) / 10, late: ageMs > missedBeats * beatMs };
}
