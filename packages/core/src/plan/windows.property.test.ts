import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MaintenanceWindow, windowAt } from './windows.ts';

/** Northern and southern summer time, half an hour of it, a change at midnight, none at all. */
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Asia/Kathmandu',
  'UTC',
];
const minute = 60_000;
const day = 1_440 * minute;
const start = Date.UTC(2027, 0, 1);
/** A month more at either end, so that windows reach over the ends of the year. */
const first = start - 31 * day;
const minutes = (365 + 62) * 1_440;

/** What the clock of a zone shows, as `2027-03-28T02:30`, minute by minute; by ICU, and no code of ours. */
function walk(timeZone: string): string[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const shown: string[] = [];
  for (let i = 0; i < minutes; i += 15) {
    // Clocks are changed at quarters of an hour only.
    const [date = '', time = ''] = format.format(first + i * minute).split(' ');
    const quarter = Number(time.slice(3));
    for (let n = 0; n < 15; n += 1) shown.push(`${date}T${time.slice(0, 3)}${String(quarter + n).padStart(2, '0')}`);
  }
  return shown;
}
const walks = new Map(zones.map((zone) => [zone, walk(zone)]));

/** The minutes of the year at which the clock of one of the zones is changed. */
const changes = [...walks.values()].flatMap((shown) => {
  const offset = (i: number) => Date.parse(`${shown[i]}:00Z`) - i * minute;
  return shown.flatMap((_, i) => (i % 15 === 0 && i > 0 && offset(i) !== offset(i - 1) ? [i - 31 * 1_440] : []));
});

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** For every minute whether one of the windows is open, found by walking. */
function openMinutes(windows: readonly MaintenanceWindow[]): Uint8Array {
  const open = new Uint8Array(minutes);
  for (const { days, from, to, time_zone } of windows) {
    const shown = walks.get(time_zone) ?? [];
    for (let date = first; date < first + minutes * minute; date += day) {
      const iso = (at: number) => new Date(at).toISOString().slice(0, 10);
      if (!days.some((name) => name === names[new Date(date).getUTCDay()])) continue;
      const opens = `${iso(date)}T${from}`;
      const closes = to === '24:00' ? `${iso(date + day)}T00:00` : `${iso(to <= from ? date + day : date)}T${to}`;
      const around = Math.max(0, (date - first) / minute - 1_440);
      const end = Math.min(minutes, around + 4 * 1_440);
      let i = around;
      while (i < end && (shown[i] ?? '') < opens) i += 1;
      let last = end - 1;
      while (last >= i && (shown[last] ?? '') >= closes) last -= 1;
      open.fill(1, i, Math.max(i, last + 1));
    }
  }
  return open;
}

const timeOfDay = fc
  .integer({ min: 0, max: 1_439 })
  // Half of them in the hours in which clocks are changed.
  .chain((any) => fc.constantFrom(any, any % 240))
  .map((n) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`);
/** Any minute of the year, but mostly one in the day and a half before a clock is changed. */
const anyMoment = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 365 * 1_440 - 1 }) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...changes), fc.integer({ min: 0, max: 2_160 })).map(([at, n]) => at - n),
  },
);
const anyWindow: fc.Arbitrary<MaintenanceWindow> = fc.record({
  days: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
  from: timeOfDay,
  to: fc.oneof({ weight: 9, arbitrary: timeOfDay }, { weight: 1, arbitrary: fc.constant('24:00') }),
  time_zone: fc.constantFrom(...zones),
});

describe('windowAt', () => {
  it('is what a walk over the year finds, minute by minute, in every zone', () => {
    fc.assert(
      fc.property(
        fc.array(anyWindow, { minLength: 1, maxLength: 4 }),
        fc.array(anyMoment, { minLength: 40, maxLength: 40 }),
        (windows, moments) => {
          const open = openMinutes(windows);
          for (const moment of moments) {
            const now = start + moment * minute;
            const found = windowAt(windows, new Date(now));
            let i = (now - first) / minute;
            while (open[i] === 0) i += 1;
            let opens = i;
            while (opens > 0 && open[opens - 1] === 1) opens -= 1;
            let closes = i;
            while (open[closes] === 1) closes += 1;
            // Windows that leave no time out have no ends to be compared.
            if (closes - opens > 8 * 1_440) expect(found?.closesAt.getTime()).toBeGreaterThan(now);
            else {
              expect(found?.opensAt.getTime()).toBe(first + opens * minute);
              expect(found?.closesAt.getTime()).toBe(first + closes * minute);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
    // Some seconds of work; more where others have the processor.
  }, 120_000);
});
