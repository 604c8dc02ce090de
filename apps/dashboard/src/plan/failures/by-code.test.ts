import { expect, test } from 'vitest';
import { byCode, type FailureGroup } from './by-code.ts';

const group = (code: string, region: string, count: number): FailureGroup => ({
  ...{ code, region, count, failed: count, blocked: 0, message: `${code}!`, what_to_do: 'Mend it.', retryable: true },
  ...{ accounts: [], account_count: 0, example: { replica_id: 'x', message: '' } },
});

test('a code that is rare in every Region may be the most frequent of all', () => {
  const causes = byCode([group('a', 'eu-west-1', 5), group('b', 'us-west-2', 3), group('b', 'eu-west-1', 4)]);
  expect(causes.map(({ code, count }) => [code, count])).toEqual([
    ['b', 7],
    ['a', 5],
  ]);
  expect(causes[0]?.groups.map(({ region }) => region)).toEqual(['eu-west-1', 'us-west-2']);
  expect(causes[0]).toMatchObject({ message: 'b!', whatToDo: 'Mend it.', retryable: true });
});
