import { beforeAll, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { budget, complete, measureLoad } from './measure-load.ts';
import { setStage } from './stage.ts';

const stage = setStage();

let planId: string;
beforeAll(async () => {
  const keys = (await stage.keyferry.simulator.makeKeys({ count: 60, account: newAccount() })).map((key) => key.id);
  const regions = ['eu-west-1', 'eu-central-1', 'us-west-2', 'ap-south-1'];
  planId = (await stage.keyferry.run({ name: 'first-load', keys, regions })).id;
});

it.each(['overview', 'matrix'] as const)('the first load of the %s is within its budget', async (view) => {
  const before = await stage.pageOf(adminToken, '/plans');
  const storageState = await before.context().storageState();
  const { page } = await stage.browser.visit('about:blank', { storageState });
  const path = view === 'overview' ? '/' : `/plans/${planId}/matrix`;
  const { bytes, requests } = await measureLoad(page, `${stage.keyferry.url}${path}`, () => complete[view](page));
  // That something was counted at all.
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(budget[view].bytes);
  expect(requests.length, requests.join('\n')).toBeLessThanOrEqual(budget[view].requests);
});
