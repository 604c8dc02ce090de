import { CronExpressionParser } from 'cron-parser';
import { clockAt, firstReached } from '../time/time-zone.ts';

/**
 * The first time of a cron expression after a moment, by the clock of a time zone. A time that the clock skips in spring is
 * when it goes on; one that it shows twice in autumn is the first. Null: there is no further one. Throws an Error that says
 * what is wrong with the expression.
 */
export function nextCronTime(cron: string, timeZone: string, after: Date): Date | null {
  // The expression is followed through plain calendar days, on which every minute occurs once; what the clock of the zone
  // makes of it is our own rule, the same as for windows. (cron-parser leaves a day out whose midnight is skipped.)
  const times = CronExpressionParser.parse(cron, {
    tz: 'UTC',
    currentDate: new Date(clockAt(after, timeZone).toZonedDateTime('UTC').epochMilliseconds),
  });
  for (;;) {
    if (!times.hasNext()) return null;
    const clock = clockAt(times.next().toDate(), 'UTC');
    const moment = firstReached(clock, timeZone);
    if (moment > after) return moment;
  }
}

/** What is wrong with a cron expression of five fields; null when it is one. */
export function cronFault(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) return 'Give five fields: minute, hour, day of the month, month, day of the week.';
  // Jenkins's "H" is another time at every start.
  if (/H/.test(cron.replaceAll(/thu/gi, ''))) return '"H" is not supported. Write the minute or the hour.';
  try {
    return nextCronTime(cron, 'UTC', new Date(0)) === null ? 'This date never occurs.' : null;
  } catch (error) {
    return `Not a cron expression: ${(error as Error).message}.`;
  }
}
