import { expect, it } from 'vitest';
import { Places } from './places.ts';

const open = () =>
  new Places({ what: 'event streams open', perCaller: 50, inAll: 1_000, remedy: 'Close one', retrySeconds: 10 });

it('holds a caller to its number, says what to do, and lets it in again once one is free', () => {
  const places = open();
  for (let i = 0; i < 50; i += 1) expect(places.take('anna')).toBeNull();
  expect(places.take('anna')).toMatchObject({
    status: 429,
    headers: { 'Retry-After': '10' },
    message: 'anna has 50 event streams open, the limit for one caller. Close one, or retry in 10 s.',
  });
  expect(places.take('bert')).toBeNull();
  places.free('anna');
  expect(places.take('anna')).toBeNull();
  expect(places.take('anna')).toMatchObject({ status: 429 });
});

it('holds all callers together to the number of the process', () => {
  const places = open();
  for (let i = 0; i < 1_000; i += 1) expect(places.take(`caller-${i % 20}`)).toBeNull();
  expect(places.take('another')).toMatchObject({
    status: 503,
    headers: { 'Retry-After': '10' },
    message: 'This API process has 1,000 event streams open, its limit. Retry in 10 s.',
  });
  expect(places.take('caller-0')).toMatchObject({ status: 429 });
  places.free('caller-0');
  expect(places.take('another')).toBeNull();
  expect(places.take('one more')).toMatchObject({ status: 503 });
});
