import { costOf, operationNames } from '@keyferry/operations';
import { expect, it } from 'vitest';
import { CallerBudgets, Charge, type Spent } from './caller-budgets.ts';

const admitted = (admission: Charge | Spent): Charge => {
  if (!(admission instanceof Charge)) throw new Error('not admitted');
  return admission;
};

it('admits what costs more than is left, and then nothing until the minute is over', () => {
  let now = 0;
  const budgets = new CallerBudgets(100, () => now);
  admitted(budgets.admit('anna')).add('GET /v1/me', 99);
  const dear = admitted(budgets.admit('anna'));
  dear.add('GET /v1/audit/export', 500);
  expect(dear.left()).toEqual({ units: 0, seconds: 60 });
  now = 20_500;
  expect(budgets.admit('anna')).toEqual({ most: { operation: 'GET /v1/audit/export', units: 500 }, seconds: 40 });
  expect(admitted(budgets.admit('bert')).left().units).toBe(100);
  now = 60_000;
  expect(admitted(budgets.admit('anna')).left()).toEqual({ units: 100, seconds: 60 });
  // What goes on beyond its minute is charged to it.
  dear.add('GET /v1/audit/export', 500);
  expect(admitted(budgets.admit('anna')).left().units).toBe(100);
});

it('charges bytes once they make a unit, and gives back what was charged too much', () => {
  const budgets = new CallerBudgets(100);
  const charge = admitted(budgets.admit('anna'));
  for (let part = 0; part < 5; part += 1) charge.addBytes('POST /v1/plans', 20 * 1_024);
  expect(charge.left().units).toBe(97);
  charge.add('POST /v1/plans', 20);
  charge.add('POST /v1/plans', -20);
  expect(charge.left().units).toBe(97);
});

it('no operation is free, and none costs more than the smallest sensible budget', () => {
  for (const operation of operationNames) {
    expect(costOf(operation), operation).toBeGreaterThanOrEqual(1);
    expect(costOf(operation), operation).toBeLessThanOrEqual(100);
  }
});
