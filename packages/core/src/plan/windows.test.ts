import { describe, expect, it } from 'vitest';
import { inputErrors } from '../input/input-errors.ts';
import { type MaintenanceWindow, windowAt, windowsSchema } from './windows.ts';

const window = (given: Partial<MaintenanceWindow>): MaintenanceWindow => ({
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '22:00',
  to: '06:00',
  time_zone: 'Europe/Berlin',
  ...given,
});

describe('a maintenance window', () => {
  const at = (moment: string, ...windows: MaintenanceWindow[]) => {
    const found = windowAt(windows, new Date(moment));
    return found && [found.opensAt.toISOString().slice(0, 16), found.closesAt.toISOString().slice(0, 16)];
  };

  it('is the present one from its first moment on and the next one from its last, past midnight too', () => {
    const night = window({ days: ['fri'] });
    const thisWeek = ['2026-11-27T21:00', '2026-11-28T05:00'];
    expect(at('2026-11-24T12:00:00Z', night)).toEqual(thisWeek);
    expect(at('2026-11-27T21:00:00Z', night)).toEqual(thisWeek);
    expect(at('2026-11-28T04:59:59.999Z', night)).toEqual(thisWeek);
    expect(at('2026-11-28T05:00:00Z', night)).toEqual(['2026-12-04T21:00', '2026-12-05T05:00']);
  });

  it('that begins in the hour that is skipped in spring opens at its end, and one that lies in it stays shut', () => {
    const late = window({ from: '02:30', to: '04:00' });
    expect(at('2027-03-28T00:00:00Z', late)).toEqual(['2027-03-28T01:00', '2027-03-28T02:00']);
    const within = window({ days: ['sun'], from: '02:10', to: '02:50' });
    expect(at('2027-03-27T00:00:00Z', within)).toEqual(['2027-04-04T00:10', '2027-04-04T00:50']);
  });

  it('goes on through an hour that occurs twice in autumn, from its first time to its last', () => {
    const within = window({ from: '02:15', to: '02:45' });
    expect(at('2027-10-31T00:00:00Z', within)).toEqual(['2027-10-31T00:15', '2027-10-31T01:45']);
    const half = window({ from: '01:30', to: '02:00', time_zone: 'Australia/Lord_Howe' });
    expect(at('2027-04-03T14:00:00Z', half)).toEqual(['2027-04-03T14:30', '2027-04-03T15:30']);
  });

  it('is one with those that it touches, in whatever zone they stand', () => {
    const evening = window({ from: '20:00', to: '24:00' });
    const morning = window({ from: '23:00', to: '01:00', time_zone: 'UTC' });
    expect(at('2026-11-24T12:00:00Z', evening, morning)).toEqual(['2026-11-24T19:00', '2026-11-25T01:00']);
  });

  it('is none where there are none', () => {
    expect(windowAt([], new Date())).toBeNull();
  });

  it('that is wrong is told with all that is wrong about it', () => {
    const wrong = [
      { days: [], from: '24:00', to: '6:00', time_zone: '+01:00' },
      { ...window({}), zone: 'UTC' },
    ];
    const errors = inputErrors(windowsSchema.safeParse(wrong).error as never);
    expect(errors.map(({ path, code }) => [path, code])).toEqual([
      ['[0].days', 'too_small'],
      ['[0].from', 'invalid_format'],
      ['[0].to', 'invalid_format'],
      ['[0].time_zone', 'unknown_time_zone'],
      ['[1].zone', 'unknown_field'],
    ]);
  });
});
