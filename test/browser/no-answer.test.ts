import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { staleAfterMs } from '../../apps/dashboard/src/api/stale-after.ts';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { setStage } from './stage.ts';

const stage = setStage();

/** Drawing and a busy machine take some of the time as well. */
const soon = { timeout: staleAfterMs + 5_000 };

const notice = (page: Page, title: string) => page.getByRole('status').filter({ hasText: title });

describe('an API that hangs', () => {
  it('is told on every page within three periods, and the overview does not say that it is healthy', async () => {
    const overview = await stage.pageOf(adminToken, '/');
    await overview.getByRole('heading', { name: 'Healthy' }).waitFor();
    await overview.getByText(/Read .* ago\./).waitFor();
    const others = await Promise.all(
      ['/plans', '/lanes', '/coverage', '/keys'].map(async (path) => {
        const page = await overview.context().newPage();
        await page.goto(`${stage.keyferry.url}${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        return page;
      }),
    );
    stage.keyferry.api.freeze();
    try {
      for (const page of [overview, ...others]) {
        const told = notice(page, 'No connection to Keyferry');
        await told.getByText(/^What you see is from .* or before/).waitFor(soon);
      }
      await overview.getByRole('heading', { name: 'Health not known' }).waitFor(soon);
      expect(await overview.getByText('Healthy').count()).toBe(0);
      expect(await overview.title()).toBe('(?) Overview · Keyferry');
    } finally {
      stage.keyferry.api.thaw();
    }
    await overview.getByRole('heading', { name: 'Healthy' }).waitFor();
    for (const page of [overview, ...others]) {
      await notice(page, 'No connection to Keyferry').waitFor({ state: 'detached' });
    }
  });
});

describe('a verdict that cannot be read', () => {
  it('is not shown as if it were known, though everything else answers', async () => {
    const page = await stage.pageOf(adminToken, '/lanes');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.route('**/v1/overview', (route) => route.fulfill({ status: 503, json: refusal }));
    const told = notice(page, 'The health of Keyferry is not known');
    await told.getByText(/^It was last read at .*/).waitFor(soon);
    expect(await page.title()).toBe('(?) Lanes · Keyferry');
    await page.unroute('**/v1/overview');
    await told.waitFor({ state: 'detached' });
  });
});

describe('a command without an answer', () => {
  it('says after 15 s that it may have been carried out, and shows how the plan stands now', async () => {
    const { client, simulator } = stage.keyferry;
    const keys = (await simulator.makeKeys({ count: 1, account: newAccount() })).map((key) => key.id);
    const body = { name: 'unanswered', keys, regions: ['eu-west-1'], mode: 'preview' as const };
    const { id } = await client.request('POST /v1/plans', { body });
    const page = await stage.pageOf(adminToken, `/plans/${id}`);
    await page.getByRole('main').getByText('Previewed', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    // It is carried out; its answer is lost.
    await page.route('**/cancel', async (route) => void (await route.fetch()));
    await page.getByRole('button', { name: 'Cancel the plan' }).click();
    const told = page.getByRole('alert').filter({ hasText: 'No answer within 15 s' });
    await told.getByText('It may have been carried out; the page is being read again.').waitFor({ timeout: 20_000 });
    await page.getByRole('main').getByText('Cancelled', { exact: true }).first().waitFor();
  });
});

const refusal = {
  type: 'about:blank',
  title: 'Dependency down',
  status: 503,
  detail: 'Postgres is slow',
  request_id: '-',
};
