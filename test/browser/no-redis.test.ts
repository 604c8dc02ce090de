import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { adminToken, runQuickKeyferry } from '../harness/quick-keyferry.ts';
import type { Keyferry } from '../harness/run-keyferry.ts';
import { until } from '../harness/until.ts';
import { type PrivateServer, startRedis } from '../servers/index.ts';
import { openBrowser, signIn, type TestBrowser } from './open-browser.ts';

let redis: PrivateServer;
let keyferry: Keyferry;
let browser: TestBrowser;
beforeAll(async () => {
  [redis, browser] = await Promise.all([startRedis(), openBrowser()]);
  keyferry = await runQuickKeyferry({ postgresUrl: inject('postgresUrl'), redisUrl: redis.url });
});
afterAll(async () => {
  await browser?.close();
  await keyferry?.stop();
  await redis?.stop();
});

it('tells within 25 s that Redis is dead, on the overview and on the tab of another page', async () => {
  const { page } = await browser.visit(keyferry.url);
  await signIn(page, adminToken);
  await page.getByRole('heading', { name: 'Healthy' }).waitFor();
  const lanes = await page.context().newPage();
  await lanes.goto(`${keyferry.url}/lanes`);
  await until(
    'the tab knows that it is healthy',
    () => lanes.title(),
    (title) => title === 'Lanes · Keyferry',
  );
  await redis.stop();
  await page.getByRole('heading', { name: 'Critical' }).waitFor({ timeout: 25_000 });
  expect(await page.getByText('Healthy').count()).toBe(0);
  await until(
    'the tab knows that it is not',
    () => lanes.title(),
    (title) => title === '(!) Lanes · Keyferry',
    { withinMs: 25_000 },
  );
});
