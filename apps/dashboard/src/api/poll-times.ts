/** How often data with an event stream is read while the stream is not connected, milliseconds. */
export const pollMs = 5_000;
/** How often it is read in any case: events do not contain changed limits, and a plan that has ended may run again. */
export const slowPollMs = 60_000;
