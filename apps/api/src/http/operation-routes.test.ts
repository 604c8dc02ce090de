import { operationNames } from '@keyferry/operations';
import { expect, it } from 'vitest';
import { operationRouter, type Routes } from './operation-routes.ts';

const served = operationNames.filter((name) => name !== 'GET /queues');
const handlers = (names: readonly string[]): Partial<Routes> =>
  Object.fromEntries(names.map((name) => [name, () => {}]));

it('each operation has exactly one handler', () => {
  expect(() => operationRouter(handlers(served))).not.toThrow();
  expect(() => operationRouter(handlers(served.slice(1)))).toThrow(`${served[0]} has 0 handlers.`);
  expect(() => operationRouter(handlers(served), handlers(served.slice(-1)))).toThrow(
    `${served.at(-1)} has 2 handlers.`,
  );
});
