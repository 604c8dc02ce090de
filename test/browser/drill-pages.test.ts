import { createKeyferryClient } from '@keyferry/client';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';
import { expectAccessible, expectLegible, openBrowser, signIn, type TestBrowser } from './open-browser.ts';

let keyferry: Keyferry;
let browser: TestBrowser;
beforeAll(async () => {
  [keyferry, browser] = await Promise.all([startKeyferry(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await keyferry?.stop();
});

async function pageOf(token: string, path: string): Promise<Page> {
  const { page } = await browser.visit(`${keyferry.url}${path}`, { reducedMotion: 'reduce' });
  await signIn(page, token);
  return page;
}

const tokenOf = async (name: string, role: 'viewer' | 'operator' | 'approver'): Promise<string> =>
  (await keyferry.client.request('POST /v1/tokens', { body: { name, role } })).token;

/** Accessible in the light scheme, legible in the dark one, and no wider than a telephone. */
async function expectGoodLooks(page: Page): Promise<void> {
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
  await expectLegible(page);
  await page.emulateMedia({ colorScheme: 'light' });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 375, height: 760 });
  await until(
    `${page.url()} fits`,
    () => page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth'),
    (wider) => wider === 0,
    { withinMs: 3_000 },
  );
  if (size) await page.setViewportSize(size);
}

describe('coverage', () => {
  it('shows the gaps with what to do, closes them, and is whole then', async () => {
    const made = await keyferry.simulator.makeKeys({
      count: 3,
      account: newAccount(),
      replicas: [{ region: 'eu-west-1', state: 'Enabled' }],
    });
    const keys = made.map((key) => key.id);
    const policy = { name: 'tier-1', keys, regions: ['eu-west-1', 'us-west-2'] };
    await keyferry.client.request('PUT /v1/coverage/policies/{name}', { name: policy.name, body: policy });
    const page = await pageOf(await tokenOf('olga', 'operator'), '/coverage');
    const card = page.getByRole('article', { name: 'tier-1' });
    await card.getByText('Never checked').waitFor();
    await card.getByRole('button', { name: 'Check now' }).click();
    await card.getByText('50 %', { exact: true }).waitFor();
    await expectGoodLooks(page);

    await card.getByRole('link', { name: 'tier-1' }).click();
    await page.getByRole('row').filter({ hasText: 'no_replica' }).nth(2).waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'us-west-2' }).count()).toBe(3);
    await expectGoodLooks(page);
    await page.getByRole('tab', { name: 'Matrix' }).click();
    await page.getByRole('gridcell', { name: 'Missing', exact: true }).nth(2).waitFor();
    await expectGoodLooks(page);

    const viewer = await pageOf(await tokenOf('vera', 'viewer'), '/coverage/tier-1');
    await viewer.getByRole('row').filter({ hasText: 'no_replica' }).nth(2).waitFor();
    expect(
      await viewer
        .getByRole('main')
        .getByRole('button', { name: /Check now|Close the gaps/ })
        .count(),
    ).toBe(0);

    await page.getByRole('button', { name: 'Close the gaps' }).click();
    await page.getByRole('dialog').getByText('3 missing replicas: 3 in us-west-2', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Run preflight' }).click();
    await page.getByRole('dialog').getByText('Preflight lets 3 of 3 replicas through.').waitFor();
    await page.getByRole('button', { name: 'Create 3 replicas' }).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}/);
    await page.getByText('3 of 3 replicas finished').waitFor();
    await page.goto(`${keyferry.url}/coverage/tier-1/trend`);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('From 50 % to 100 % covered over 2 checks', { exact: false }).waitFor();
    await page.locator('.recharts-area').first().waitFor();
    await page.getByText('covered: all 6 key × Region').waitFor();
  });
});

describe('a drill', () => {
  it('is watched, approved by others than who submitted it, and leaves its evidence', async () => {
    const made = await keyferry.simulator.makeKeys({ count: 2, account: newAccount() });
    const [otto, anna, bert] = await Promise.all([
      tokenOf('otto', 'operator'),
      tokenOf('anna', 'approver'),
      tokenOf('bert', 'approver'),
    ]);
    const asOtto = createKeyferryClient({ url: keyferry.url, token: otto });
    const { id } = await asOtto.request('POST /v1/drills', {
      body: {
        name: 'evacuation',
        scenario: 'The primaries move to eu-west-1',
        keys: made.map((key) => key.id),
        regions: ['eu-west-1'],
        targets: { rto: '30m', rpo: 0 },
        steps: [
          { step: 'replicate' },
          { step: 'verify', every: '1s' },
          { step: 'approve', message: 'Move the primaries?' },
          { step: 'promote', to: 'eu-west-1' },
        ],
      },
    });
    const page = await pageOf(anna, '/drills');
    const row = page.getByRole('row').filter({ hasText: 'evacuation' });
    await row.getByText('2 approvals missing, not by otto').waitFor();
    await expectGoodLooks(page);
    const submitter = await pageOf(otto, `/drills/${id}`);
    await submitter.getByText('It starts with 2 more approvals').waitFor();
    expect(await submitter.getByRole('button', { name: /Approve|Reject|Break glass/ }).count()).toBe(0);

    await row.getByRole('link', { name: 'evacuation' }).click();
    await approve(page);
    const asBert = await pageOf(bert, `/drills/${id}`);
    await asBert.getByText('It starts with 1 more approval').waitFor();
    await approve(asBert);
    await page.getByText('Step 3-approve goes on with 1 more approval').waitFor();
    await expectGoodLooks(page);
    await approve(page);
    // What is seen from here on was told by the stream, to a page that nobody has touched.
    await submitter.getByRole('link', { name: 'Evidence pack' }).waitFor();
    await submitter.getByRole('main').getByText('Succeeded', { exact: true }).first().waitFor();
    for (const tab of ['Keys', 'Findings', 'Log', 'Runbook', 'Times']) {
      await submitter.getByRole('tab', { name: tab }).click();
      await submitter.locator('[aria-busy="true"], [aria-label^="Loading"]').first().waitFor({ state: 'detached' });
    }
    await submitter.getByText('2 of 2 key × Region are reached', { exact: false }).waitFor();
    await expectGoodLooks(submitter);
  });
});

/** Reads what is approved, and approves it. */
async function approve(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Live: moves primaries to eu-west-1 and creates missing replicas.').waitFor();
  await dialog.getByText('The replicas in eu-west-1 become the primaries.').waitFor();
  await dialog.getByText('SHA-256 of its keys').waitFor();
  await page.getByRole('button', { name: 'Approve exactly this' }).click();
  await dialog.waitFor({ state: 'detached' });
}
