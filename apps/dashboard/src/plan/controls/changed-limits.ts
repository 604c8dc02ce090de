import { type Limits, toleranceInWords } from '@keyferry/core';

/** The limits that a form may change. */
type ChangeableLimits = Omit<Limits, 'windows'>;

/** What of the limits is another, as the API takes it, and in words. */
export function changedLimits(
  before: ChangeableLimits,
  after: ChangeableLimits,
): { options: Partial<ChangeableLimits>; told: string[] } {
  const options: Partial<ChangeableLimits> = {};
  const told: string[] = [];
  if (after.priority !== before.priority) {
    options.priority = after.priority;
    told.push(`Priority ${before.priority} becomes ${after.priority}.`);
  }
  if (after.max_in_flight !== before.max_in_flight) {
    options.max_in_flight = after.max_in_flight;
    told.push(
      `Calls under way at once: ${before.max_in_flight.toLocaleString()} becomes ${after.max_in_flight.toLocaleString()}.`,
    );
  }
  if (JSON.stringify(after.failure_tolerance) !== JSON.stringify(before.failure_tolerance)) {
    options.failure_tolerance = after.failure_tolerance;
    told.push(`${toleranceInWords(after)}; so far: ${lowerFirst(toleranceInWords(before))}.`);
  }
  return { options, told };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
