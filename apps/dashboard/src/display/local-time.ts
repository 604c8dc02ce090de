const dateAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** A time in the reader's zone, today's without its date. */
export function localTime(at: string | Date, now: Date = new Date()): string {
  const time = new Date(at);
  return (time.toDateString() === now.toDateString() ? clock : dateAndClock).format(time);
}

/** A sentence of the API with its times (RFC 3339, UTC) in the reader's zone. */
export function withLocalTimes(text: string, now: Date = new Date()): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => localTime(time, now));
}
