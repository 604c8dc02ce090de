import { describe, expect, it } from 'vitest';
import { cronFault, nextCronTime } from './cron.ts';

/** The next times after a moment, to the minute. */
function times(cron: string, timeZone: string, after: string, count = 3): string[] {
  const found: Date[] = [];
  for (let last = new Date(after); found.length < count; ) {
    last = nextCronTime(cron, timeZone, last) ?? new Date(Number.NaN);
    found.push(last);
  }
  return found.map((time) => time.toISOString().slice(0, 16));
}

describe('the next time of a cron expression', () => {
  it('follows the clock of its zone, and comes after the moment itself', () => {
    expect(times('0 2 * * sun', 'Europe/Berlin', '2027-03-07T01:00:00Z')).toEqual([
      '2027-03-14T01:00',
      '2027-03-21T01:00',
      '2027-03-28T01:00',
    ]);
    expect(times('0 2 * * sun', 'UTC', '2026-11-29T01:59:59.999Z', 1)).toEqual(['2026-11-29T02:00']);
    expect(times('0 0 29 2 *', 'UTC', '2026-11-29T00:00:00Z', 2)).toEqual(['2028-02-29T00:00', '2032-02-29T00:00']);
  });

  it('that is skipped in spring is when the clock goes on, and leaves no day out', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:00',
      '2027-03-29T00:30',
    ]);
    expect(times('15 2 * * *', 'Australia/Lord_Howe', '2027-10-02T00:00:00Z', 2)).toEqual([
      '2027-10-02T15:30',
      '2027-10-03T15:15',
    ]);
    expect(times('0 0 * * *', 'America/Havana', '2027-03-13T12:00:00Z', 2)).toEqual([
      '2027-03-14T05:00',
      '2027-03-15T04:00',
    ]);
  });

  it('that comes twice in autumn comes once', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2027-10-30T12:00:00Z', 2)).toEqual([
      '2027-10-31T00:30',
      '2027-11-01T01:30',
    ]);
    expect(times('*/30 * * * *', 'Europe/Berlin', '2027-10-31T00:00:00Z', 2)).toEqual([
      '2027-10-31T00:30',
      '2027-10-31T02:00',
    ]);
  });
});

describe('a cron expression', () => {
  it.each(['0 2 * * sun', '*/15 8-17 * * mon-fri', '0 2 1,15 * *', '0 2 L * *', '0 2 * * 1#2', '0 2 * * THU'])(
    'may be %s',
    (cron) => expect(cronFault(cron)).toBeNull(),
  );

  it.each([
    ['', /five fields/],
    ['@daily', /five fields/],
    ['0 0 2 * * *', /five fields/],
    ['H 2 * * *', /"H" is not supported/],
    ['60 * * * *', /Not a cron expression: .*60/],
    ['0 2 * * someday', /Not a cron expression/],
    ['0 0 31 2 *', /Not a cron expression/],
    ['0 0 31 4,6 *', /never occurs/],
  ])('may not be %j', (cron, message) => expect(cronFault(cron)).toMatch(message));
});
