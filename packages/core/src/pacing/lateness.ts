/**
 * What a network adds to the time between sending a call and its arrival at AWS, unequally from call to call, milliseconds.
 * Taken off what the bucket would bear.
 */
const jitterMs = 150;
/** As late as any call may be, whatever its lane: calls at 90 % of a quota of one a second still stand a second apart. */
const leastMs = 100;
/** A call that is later than this says that something is wrong; it gets another slot rather than a place in a crowd. */
const mostMs = 900;

/**
 * How late after its slot a call may still be sent, milliseconds, so that AWS admits it wherever the calls before it stand.
 * AWS meters with a bucket that holds one second of the quota. Slots lie `cost / ratePerSecond` apart, so n calls that crowd
 * together (the first as late as allowed, the last on time) ask for n × cost requests within (n - 1) slots less the lateness.
 * The bucket bears that if lateness ≤ 1 + (n - 1) × cost / rate - n × cost / quota; n = 2 is the hardest.
 * Source: https://docs.aws.amazon.com/kms/latest/developerguide/throttling.html; the bucket of one second is ADR 3's reading of it.
 */
export function mayBeLateMs(lane: { quotaPerSecond: number; ratePerSecond: number; cost: number }): number {
  const { quotaPerSecond, ratePerSecond, cost } = lane;
  const seconds = 1 + cost / ratePerSecond - (2 * cost) / quotaPerSecond;
  return Math.min(mostMs, Math.max(leastMs, Math.round(seconds * 1_000) - jitterMs));
}
