import { expect, test } from 'vitest';
import { localTime, withLocalTimes } from './local-time.ts';

test('every time in a sentence is told in the zone of its reader', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const at = '2026-11-28T21:00:00.000Z';
  expect(withLocalTimes(`Resting until ${at}; so it is.`, now)).toBe(`Resting until ${localTime(at, now)}; so it is.`);
  expect(withLocalTimes('Paused by hand.', now)).toBe('Paused by hand.');
});
