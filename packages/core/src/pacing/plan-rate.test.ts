import { expect, test } from 'vitest';
import type { LaneKey } from './lanes.ts';
import { replicasPerSecond } from './plan-rate.ts';

const way = (account: string, region: string, wave = 0, primary_region = 'us-east-1') => ({
  account,
  primary_region,
  region,
  wave,
});
const parallel = { operation: 'replicate', withAlias: false, sequential: false } as const;
const five = () => 5;

test('one Region takes what its CreateKey allows, at two requests a replica', () => {
  expect(replicasPerSecond([way('a', 'eu-west-1')], five, parallel)).toBe(2.5);
});

test('many Regions take what the ReplicateKey of the primary lets out', () => {
  const ways = ['eu-west-1', 'eu-west-2', 'eu-west-3'].map((region) => way('a', region));
  expect(replicasPerSecond(ways, five, parallel)).toBe(5);
  const raised = ({ operation }: LaneKey) => (operation === 'ReplicateKey' ? 20 : 5);
  expect(replicasPerSecond(ways, raised, parallel)).toBe(7.5);
});

test('accounts add up; two primary Regions share the lane of the Region that both go to', () => {
  expect(replicasPerSecond([way('a', 'eu-west-1'), way('b', 'eu-west-1')], five, parallel)).toBe(5);
  const two = [way('a', 'eu-west-1'), way('a', 'eu-west-1', 0, 'us-east-2')];
  expect(replicasPerSecond(two, five, parallel)).toBe(2.5);
});

test('an alias is a call of its own', () => {
  const slow = ({ operation }: LaneKey) => (operation === 'CreateAlias' ? 1 : 5);
  expect(replicasPerSecond([way('a', 'eu-west-1')], slow, { ...parallel, withAlias: true })).toBe(1);
});

test('Regions in sequence go at the pace of one of them, and a plan without replicas has none', () => {
  const ways = [way('a', 'eu-west-1', 0), way('a', 'eu-west-2', 1), way('b', 'eu-west-2', 1)];
  expect(replicasPerSecond(ways, five, { ...parallel, sequential: true })).toBe(5);
  expect(replicasPerSecond([], five, parallel)).toBe(0);
});

test('a promotion spends in both Regions: the one that all leave, or go to, binds', () => {
  const promote = { ...parallel, operation: 'promote' } as const;
  expect(replicasPerSecond([way('a', 'eu-west-1')], five, promote)).toBe(5);
  expect(replicasPerSecond([way('a', 'eu-west-1'), way('a', 'eu-west-1', 0, 'us-east-2')], five, promote)).toBe(5);
  const two = [way('a', 'eu-west-1'), way('a', 'eu-west-2', 0, 'us-east-2')];
  expect(replicasPerSecond(two, five, promote)).toBe(10);
});
