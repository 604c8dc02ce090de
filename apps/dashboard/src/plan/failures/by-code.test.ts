import { expect, test } from 'vitest';
import { byCode, type FailedKey, type FailureGroup } from './by-code.ts';

const group = (code: string, region: string, count: number): FailureGroup => ({
  ...{ code, region, count, failed: count, blocked: 0, message: `${code}!`, what_to_do: 'Fix it.', retryable: true },
  ...{ accounts: [], account_count: 0, example: { replica_id: 'x', message: '' } },
});
const key = (code: string, key_id: string, ...regions: string[]): FailedKey => ({
  ...{ code, key_id, alias: null, account: null, regions, failed: regions.length, blocked: 0 },
  example: { replica_id: 'x', message: '' },
});

test('a code that is rare in every Region may be the most frequent of all', () => {
  const causes = byCode({
    items: [group('a', 'eu-west-1', 5), group('b', 'us-west-2', 3), group('b', 'eu-west-1', 4)],
  });
  expect(causes.map(({ code, count }) => [code, count])).toEqual([
    ['b', 7],
    ['a', 5],
  ]);
  expect(causes[0]?.groups.map(({ region }) => region)).toEqual(['eu-west-1', 'us-west-2']);
  expect(causes[0]).toMatchObject({ message: 'b!', whatToDo: 'Fix it.', retryable: true, keys: [] });
});

test('a key that fails in several Regions for the same cause is one item of it', () => {
  const items = [
    group('key_disabled', 'eu-west-1', 2),
    group('key_disabled', 'us-west-2', 2),
    group('a', 'eu-west-1', 9),
  ];
  const by_key = [key('key_disabled', 'k-1', 'eu-west-1', 'us-west-2'), key('key_disabled', 'k-2', 'eu-west-1')];
  const [other, disabled] = byCode({ items, by_key });
  expect(other).toMatchObject({ code: 'a', keys: [] });
  expect(disabled?.keys.map(({ key_id }) => key_id)).toEqual(['k-1', 'k-2']);
  expect(disabled).toMatchObject({ count: 4, beyondKeys: 1 });
});
