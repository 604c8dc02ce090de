/** Names the first row of a log that is not as it was written. */
export class BrokenLog extends Error {
  override readonly name = 'BrokenLog';
}
