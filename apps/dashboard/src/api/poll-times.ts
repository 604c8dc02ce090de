/** What has an event stream is read this often, milliseconds, while the stream is away. */
export const pollMs = 5_000;
/** In any case this often: a stream does not tell of changed limits, and a plan that has ended may be run again. */
export const slowPollMs = 60_000;
