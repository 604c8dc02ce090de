import { localTime } from './local-time.ts';

/** A sentence of the API with its times (RFC 3339, UTC) in the reader's zone. */
export function withLocalTimes(text: string, now: Date = new Date()): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => localTime(time, now));
}
