import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

/** An IANA time zone that this Node knows. Offsets ("+01:00") are none: they have no daylight saving. */
export const timeZoneSchema = z.string().superRefine((name, context) => {
  if (isTimeZone(name)) return;
  context.addIssue({
    code: 'custom',
    params: { code: 'unknown_time_zone' },
    message: `"${name}" is not an IANA time zone. Examples: Europe/Berlin, America/New_York, UTC.`,
  });
});

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clock of a zone shows at a moment. */
export function clockAt(moment: Date, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone).toPlainDateTime();
}

/**
 * The first moment at which the clock of a zone shows this time or a later one: where it skips the time in spring, the end
 * of what it skips; where it shows the time twice in autumn, the first.
 */
export function firstReached(time: Temporal.PlainDateTime, timeZone: string): Date {
  return new Date(reached(time, timeZone, 'earlier').epochMilliseconds);
}

/** The first moment from which on the clock shows nothing before this time any more: of two, the last. */
export function lastReached(time: Temporal.PlainDateTime, timeZone: string): Date {
  return new Date(reached(time, timeZone, 'later').epochMilliseconds);
}

function reached(time: Temporal.PlainDateTime, timeZone: string, which: 'earlier' | 'later'): Temporal.ZonedDateTime {
  const at = time.toZonedDateTime(timeZone, { disambiguation: which });
  if (at.toPlainDateTime().equals(time)) return at;
  // The clock never shows it: `earlier` is then as much before the change as the clock skips.
  const before = time.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return before.getTimeZoneTransition('next') ?? at;
}
