import { expect, test } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { askTogether } from './ask-together.ts';

test('those who ask in the same moment are answered by one question, those who ask later by another', async () => {
  const asked: (readonly number[])[] = [];
  const square = askTogether(async (numbers: readonly number[]) => {
    asked.push(numbers);
    return new Map(numbers.filter((n) => n > 0).map((n) => [n, n * n]));
  });
  expect(await Promise.all([square(2), square(3), square(2), square(-1)])).toEqual([4, 9, 4, undefined]);
  expect(await square(2)).toBe(4);
  expect(asked).toEqual([[2, 3, -1], [2]]);
});

test('what is asked while another is answered goes into the next question, which does not wait for it for ever', async () => {
  const asked: (readonly string[])[] = [];
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const ask = askTogether(async (keys: readonly string[]) => {
    asked.push(keys);
    const mine = asked.length;
    await answers[mine - 1]?.promise;
    return new Map(keys.map((key) => [key, mine]));
  });
  const first = ask('a');
  await until(
    'it is asked',
    async () => asked.length,
    (n) => n === 1,
  );
  const later = [ask('a'), ask('b')];
  answers[0]?.resolve();
  expect(await first).toBe(1);
  await until(
    'they are asked together',
    async () => asked.length,
    (n) => n === 2,
  );
  expect(asked[1]).toEqual(['a', 'b']);
  // That one hangs.
  expect(await ask('c')).toBe(3);
  answers[1]?.resolve();
  expect(await Promise.all(later)).toEqual([2, 2]);
});

test('a question that fails fails for all who asked it, and for nobody after them', async () => {
  let away = true;
  const ask = askTogether(async (keys: readonly string[]) => {
    if (away) throw new Error('away');
    return new Map(keys.map((key) => [key, key]));
  });
  const answers = await Promise.allSettled([ask('a'), ask('b')]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  away = false;
  expect(await ask('a')).toBe('a');
});
