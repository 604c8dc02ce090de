import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { clockAt, firstReached, lastReached, timeZoneSchema } from '../time/time-zone.ts';
import { windowNotes } from './field-notes.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const hint = 'Write a time of day in quotes, "22:00".';

/** When calls may be begun: on the days named it opens at `from`, and closes at the next `to`. */
const windowSchema = z.strictObject({
  days: z.array(z.enum(days)).min(1, 'Name at least one day.').max(7).meta(windowNotes.days),
  from: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, hint)
    .meta(windowNotes.from),
  to: z
    .string()
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, hint)
    .meta(windowNotes.to),
  time_zone: timeZoneSchema.meta(windowNotes.time_zone),
});

export const windowsSchema = z.array(windowSchema).max(20, 'A plan has at most 20 windows.');

export type MaintenanceWindow = z.infer<typeof windowSchema>;

/** From `opensAt` on, and no more at `closesAt`. */
export interface OpenInterval {
  readonly opensAt: Date;
  readonly closesAt: Date;
}

/** Longer than windows that follow one another can stay open, unless they leave no time out. */
const daysBefore = 8;
/** A window of one day a week may fall into the hour that is skipped in spring, and the next stay open for a week. */
const daysAfter = 22;

/**
 * The interval in which calls may be begun at `now`, else the next one; windows that touch are one. Null: no windows, calls
 * may be begun at any time. Windows that leave no time out are told as open for the next three weeks.
 */
export function windowAt(windows: readonly MaintenanceWindow[], now: Date): OpenInterval | null {
  const intervals = windows
    .flatMap((window) => intervalsAround(window, now))
    .sort((a, b) => a.opensAt.getTime() - b.opensAt.getTime());
  let merged: OpenInterval | null = null;
  for (const next of intervals) {
    if (merged !== null && next.opensAt <= merged.closesAt) {
      if (next.closesAt > merged.closesAt) merged = { opensAt: merged.opensAt, closesAt: next.closesAt };
    } else {
      if (merged !== null && merged.closesAt > now) return merged;
      merged = next;
    }
  }
  return merged;
}

function intervalsAround({ days: named, from, to, time_zone }: MaintenanceWindow, now: Date): OpenInterval[] {
  const opens = Temporal.PlainTime.from(from);
  const closes = Temporal.PlainTime.from(to === '24:00' ? '00:00' : to);
  const nextDay = to === '24:00' || to <= from;
  const first = clockAt(now, time_zone).toPlainDate().subtract({ days: daysBefore });
  return Array.from({ length: daysBefore + daysAfter }, (_, i) => first.add({ days: i }))
    .filter((day) => named.some((name) => days.indexOf(name) + 1 === day.dayOfWeek))
    .map((day) => ({
      opensAt: firstReached(day.toPlainDateTime(opens), time_zone),
      closesAt: lastReached(day.add({ days: nextDay ? 1 : 0 }).toPlainDateTime(closes), time_zone),
    }))
    .filter(({ opensAt, closesAt }) => opensAt < closesAt);
}
