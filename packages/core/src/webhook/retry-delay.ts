const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The pauses after each failure in turn, as Standard Webhooks proposes them: ten attempts within a good day. */
const pauses = [5 * second, 30 * second, 5 * minute, 30 * minute, hour, 2 * hour, 5 * hour, 8 * hour, 10 * hour];

/** How often a delivery is tried, unless somebody has it sent again. */
export const mostDeliveryAttempts = pauses.length + 1;

/**
 * The pause after failure number `failures`, milliseconds: up to a fifth longer, so that what failed together does not come
 * back together. Null: that was the last. `random` answers 0..1.
 */
export function deliveryRetryMs(failures: number, random: () => number): number | null {
  const pause = pauses[failures - 1];
  return pause === undefined ? null : Math.round(pause * (1 + 0.2 * random()));
}
