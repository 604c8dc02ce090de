import { createKeyferryClient } from '@keyferry/client';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';
import { expectAccessible, expectLegible } from './open-browser.ts';
import { setStage } from './stage.ts';

const stage = setStage();

const keysOf = async (count: number, more: Record<string, unknown> = {}): Promise<string[]> =>
  (await stage.keyferry.simulator.makeKeys({ count, account: newAccount(), ...more })).map((key) => key.id);

/** A plan with 40 good keys and one that is disabled, in twelve Regions. */
const regions = [
  ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1', 'us-west-2'],
  ...['us-east-2', 'ca-central-1', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'sa-east-1'],
];

describe('a finished plan', () => {
  let id: string;
  beforeAll(async () => {
    const keys = [...(await keysOf(40)), ...(await keysOf(1, { state: 'Disabled', aliasPrefix: 'alias/disabled' }))];
    id = (await stage.keyferry.run({ name: 'figures', keys, regions })).id;
  }, 240_000);

  it.each(['light', 'dark'] as const)('leaves the screen to its matrix (%s)', async (colorScheme) => {
    const page = await stage.pageOf(adminToken, `/plans/${id}`, {
      viewport: { width: 1360, height: 850 },
      colorScheme,
    });
    await page
      .getByRole('gridcell', { name: /Succeeded/ })
      .first()
      .waitFor();
    expect(await rowsInView(page)).toBeGreaterThanOrEqual(10);
    await (colorScheme === 'light' ? expectAccessible(page) : expectLegible(page));
  });

  it('has one line for a key that fails in every Region', async () => {
    const page = await stage.pageOf(adminToken, `/plans/${id}/failures`);
    const cause = page.getByRole('region', { name: 'key_disabled' });
    await cause.getByText('12 Regions').waitFor();
    await cause.getByText('1 key', { exact: true }).waitFor();
    expect(await cause.getByRole('row').count()).toBe(2);
    await expectAccessible(page);
  });

  it('keeps its rate and its time, with what was retried later apart', async () => {
    const page = await stage.pageOf(adminToken, `/plans/${id}`);
    const figure = (name: string) => page.locator('dl > div').filter({ hasText: name }).locator('b');
    const before = await until(
      'the time is shown',
      () => figure('Time taken').textContent(),
      (text) => text !== null && /\d/.test(text),
    );
    const rate = await figure('Average rate').textContent();
    await stage.keyferry.client.request('POST /v1/plans/{id}/retry', { id });
    await stage.keyferry.settled(id);
    await page.reload();
    await page.getByText('Retried afterwards').waitFor();
    expect(await figure('Retried afterwards').textContent()).toBe('1 ×');
    expect(await figure('Time taken').textContent()).toBe(before);
    expect(await figure('Average rate').textContent()).toBe(rate);
  });
});

/** Rows of the matrix that can be seen without scrolling. */
async function rowsInView(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const grid = document.querySelector('[role="grid"]');
    const box = grid.getBoundingClientRect();
    const head = grid.querySelector('[role="rowgroup"]').getBoundingClientRect();
    const bottom = Math.min(innerHeight, box.bottom);
    return [...grid.querySelectorAll('[role="row"][data-row]')].filter((row) => {
      const { top, bottom: end } = row.getBoundingClientRect();
      return Number(row.dataset.row) >= 0 && top >= head.bottom - 1 && end <= bottom + 1;
    }).length;
  })()`);
}

describe('the page of a plan', () => {
  it('says who did what and what they said, and takes a comment', async () => {
    const { client, url } = stage.keyferry;
    const operator = await client.request('POST /v1/tokens', { body: { name: 'olga', role: 'operator' } });
    const approver = await client.request('POST /v1/tokens', { body: { name: 'anna', role: 'approver' } });
    const viewer = await client.request('POST /v1/tokens', { body: { name: 'vera', role: 'viewer' } });
    const { id } = await createKeyferryClient({ url, token: operator.token }).request('POST /v1/plans', {
      body: {
        name: 'rejected-tonight',
        keys: await keysOf(1),
        regions: ['eu-west-1'],
        options: { require_approval: true, change_ticket: 'CHG-31415' },
      },
    });
    const page = await stage.pageOf(approver.token, `/plans/${id}/activity`);
    await page.getByRole('textbox', { name: 'Comment' }).fill('Which change is this?');
    await page.getByRole('button', { name: 'Add comment' }).click();
    const activity = page.getByRole('list', { name: 'Activity' });
    await activity.getByText('Which change is this?').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Reject', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Comment' }).fill('Not in this window.');
    await dialog.getByRole('button', { name: 'Reject the plan' }).click();
    await page.getByText('Rejected by anna: Not in this window.').first().waitFor();
    await activity.getByRole('listitem').filter({ hasText: 'anna (approver): rejected' }).waitFor();

    const asViewer = await stage.pageOf(viewer.token, `/plans/${id}/activity`);
    await asViewer.getByText('Which change is this?').waitFor();
    expect(await asViewer.getByRole('textbox', { name: 'Comment' }).count()).toBe(0);
    expect(await asViewer.getByRole('link', { name: 'Clone' }).count()).toBe(0);

    const asOperator = await stage.pageOf(operator.token, `/plans/${id}`);
    await asOperator.getByRole('link', { name: 'Clone' }).click();
    await asOperator.waitForURL(`**/plans/new?from=${id}`);
  });

  it('says that the plan cannot be read, and as of when it is shown', async () => {
    const { id } = await stage.keyferry.client.request('POST /v1/plans', {
      body: { name: 'not-readable', mode: 'preview', keys: await keysOf(1), regions: ['eu-west-1'] },
    });
    const page = await stage.pageOf(adminToken, '/plans');
    await page.route('**/events*', (route) => route.abort());
    await page.goto(`${stage.keyferry.url}/plans/${id}`);
    await page.getByRole('main').getByText('Previewed', { exact: true }).first().waitFor();
    const body = {
      type: 'about:blank',
      title: 'Dependency down',
      status: 503,
      detail: 'Postgres does not answer now.',
    };
    await page.route(`**/v1/plans/${id}`, (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({ ...body, instance: '/', request_id: '-' }),
      }),
    );
    const notice = page.getByRole('region', { name: 'The plan cannot be read now' });
    await notice.getByText('Postgres does not answer now. This page shows the plan as of').waitFor();
    await page.unroute(`**/v1/plans/${id}`);
    await notice.waitFor({ state: 'detached' });
  });

  it('shows that no worker is alive, also of a plan that waits for a person', async () => {
    const { id } = await stage.keyferry.client.request('POST /v1/plans', {
      body: { name: 'preview-only', mode: 'preview', keys: await keysOf(1), regions: ['eu-west-1'] },
    });
    const page = await stage.pageOf(adminToken, `/plans/${id}`);
    await page.getByRole('main').getByText('Previewed', { exact: true }).first().waitFor();
    await Promise.all(stage.keyferry.workers.filter(({ running }) => running).map((worker) => worker.kill()));
    await page.getByRole('region', { name: 'No worker is alive' }).waitFor();
    await expectAccessible(page);
    await stage.keyferry.startWorker();
    await page.getByRole('region', { name: 'No worker is alive' }).waitFor({ state: 'detached' });
  });
});

describe('the list of plans', () => {
  it('is searched by name, ticket and submitter, by an address that Back undoes', async () => {
    const { client } = stage.keyferry;
    const options = { change_ticket: 'CHG-27182' };
    await client.request('POST /v1/plans', {
      body: { name: 'search-me', mode: 'preview', keys: await keysOf(1), regions: ['eu-west-1'], options },
    });
    const page = await stage.pageOf(adminToken, '/plans');
    const rows = page.getByRole('row').filter({ has: page.getByRole('link') });
    await rows.filter({ hasText: 'search-me' }).waitFor();
    const search = page.getByRole('textbox', { name: 'Name, change ticket or submitter' });
    await search.fill('27182');
    await page.waitForURL('**/plans?q=27182');
    await until(
      'only it is listed',
      () => rows.count(),
      (count) => count === 1,
    );
    await search.fill('no-such-plan');
    await page.getByText('No matching plans').waitFor();
    await expectAccessible(page);
    await page.goBack();
    await page.waitForURL('**/plans');
    await until(
      'all are listed',
      () => rows.count(),
      (count) => count > 1,
    );
    expect(await search.inputValue()).toBe('');
    await page.goto(`${stage.keyferry.url}/plans?q=SEARCH-ME&state=previewed`);
    await rows.filter({ hasText: 'search-me' }).waitFor();
    expect(await rows.count()).toBe(1);
  });
});
