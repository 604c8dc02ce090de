import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKeyferryClient } from '@keyferry/client';
import type { Role } from '@keyferry/core';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';
import { expectAccessible, expectLegible } from './open-browser.ts';
import { setStage } from './stage.ts';

/** The receiver of a webhook, which answers with this. */
let status = 200;
const receiver = createServer((request, response) => {
  request.resume();
  response.writeHead(status).end();
});
await once(receiver.listen(0, '127.0.0.1'), 'listening');
const { port } = receiver.address() as AddressInfo;
afterAll(() => receiver.close().closeAllConnections());

const stage = setStage({
  KEYFERRY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  KEYFERRY_WEBHOOK_HOSTS: `127.0.0.1:${port}`,
  KEYFERRY_WEBHOOK_NETWORKS: '127.0.0.1',
});

const tokenOf = async (name: string, role: Role): Promise<string> =>
  (await stage.keyferry.client.request('POST /v1/tokens', { body: { name, role } })).token;
const asAdmin = (path: string) => stage.pageOf(adminToken, path, { reducedMotion: 'reduce' });

/** Accessible in the light scheme, legible in the dark one, and not wider than any of four screens. */
async function expectGoodLooks(page: Page): Promise<void> {
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
  await expectLegible(page);
  await page.emulateMedia({ colorScheme: 'light' });
  const size = page.viewportSize();
  for (const width of [360, 768, 1360, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    await until(
      `${page.url()} fits ${width} pixels`,
      () => page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth'),
      (wider) => wider === 0,
      { withinMs: 3_000 },
    );
  }
  if (size) await page.setViewportSize(size);
}

/** The field that has the focus, by its label or name. */
const focused = (page: Page) =>
  page.evaluate<string>(
    'document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.textContent ?? ""',
  );

describe('the settings', () => {
  it('are offered by role', async () => {
    const offered = async (token: string): Promise<string[]> => {
      const page = await stage.pageOf(token, '/approval-rules', { reducedMotion: 'reduce' });
      await page.getByRole('heading', { name: 'Approval rules', level: 1 }).waitFor();
      const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents();
      return links.filter((text) => ['Approval rules', 'Webhooks', 'Tokens', 'Audit log'].includes(text));
    };
    expect(await offered(adminToken)).toEqual(['Approval rules', 'Webhooks', 'Tokens', 'Audit log']);
    expect(await offered(await tokenOf('audrey', 'auditor'))).toEqual(['Approval rules', 'Audit log']);
    expect(await offered(await tokenOf('vera', 'viewer'))).toEqual(['Approval rules']);
  });

  it.each(['/tokens', '/webhooks/0190a6e0-0000-7000-8000-000000000000', '/audit'])(
    'are not shown at %s to whom they are not offered',
    async (path) => {
      const page = await stage.pageOf(await tokenOf('vera', 'viewer'), path);
      await page.getByRole('heading', { name: /^Not allowed: / }).waitFor();
    },
  );
});

describe('tokens', () => {
  it('are made by keyboard, shown once, and revoked after a question', async () => {
    const page = await asAdmin('/tokens');
    await page.getByRole('button', { name: 'New token' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'New token' });
    const name = dialog.getByRole('textbox', { name: 'Name' });
    await name.fill('Not A Name');
    await page.keyboard.press('Enter');
    await dialog.getByText('A caller name has 1 to 100 lower-case letters', { exact: false }).waitFor();
    expect(await focused(page)).toContain('Name');
    await expectGoodLooks(page);

    // Refused by the network: what was filled in is still there.
    await page.route('**/v1/tokens', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await name.fill('zoe');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').getByText('its secret is lost', { exact: false }).waitFor();
    expect(await name.inputValue()).toBe('zoe');
    await page.unroute('**/v1/tokens');

    await dialog.getByRole('combobox', { name: 'Role' }).click();
    await page.getByRole('option', { name: 'operator' }).click();
    await dialog.getByLabel('AWS accounts').fill('111122223333');
    await dialog.getByRole('button', { name: 'Create token' }).click();
    const secret = page.getByRole('textbox', { name: 'The token' });
    await secret.waitFor();
    const token = await secret.inputValue();
    const zoe = createKeyferryClient({ url: stage.keyferry.url, token });
    expect(await zoe.request('GET /v1/me')).toMatchObject({
      caller: 'zoe',
      role: 'operator',
      scope: { accounts: ['111122223333'] },
    });
    await page.keyboard.press('Escape');
    expect(await secret.inputValue()).toBe(token);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await secret.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(token);

    const row = page.getByRole('row').filter({ hasText: 'zoe' });
    await row.getByText('Expires in', { exact: false }).or(row.getByText('Active')).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('ZO');
    await page.waitForURL('**/tokens?name=ZO');
    await row.getByRole('button', { name: 'Revoke the token zoe' }).click();
    await page.getByRole('button', { name: 'Revoke the token', exact: true }).click();
    await row.getByText('Revoked').waitFor();
    await expect(zoe.request('GET /v1/me')).rejects.toThrow('revoked');
    await expectGoodLooks(page);
  });
});

describe('webhooks', () => {
  it('are made, tested, paused, and show what became of each event', async () => {
    status = 500;
    const page = await asAdmin('/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('ops');
    await dialog.getByRole('textbox', { name: 'Address' }).fill('https://elsewhere.example.com/');
    await dialog.getByRole('button', { name: 'Create webhook' }).click();
    await dialog.getByText('KEYFERRY_WEBHOOK_HOSTS').nth(1).waitFor();
    expect(await focused(page)).toContain('Address');
    await dialog.getByRole('textbox', { name: 'Address' }).fill(`http://127.0.0.1:${port}/secret-path`);
    await dialog.getByRole('radio', { name: 'Only these' }).check();
    await dialog.getByRole('checkbox', { name: 'plan.halted' }).check();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Create webhook' }).click();
    const secret = page.getByRole('textbox', { name: 'The secret' });
    expect(await secret.inputValue()).toMatch(/^whsec_/);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.waitForURL(/\/webhooks\/[0-9a-f-]{36}/);

    await page.getByRole('button', { name: 'Send test event' }).click();
    const delivery = page.getByRole('row').filter({ hasText: 'webhook.test' });
    await delivery.getByText('Answered 500.').waitFor();
    await delivery.getByRole('button', { name: /^Show/ }).click();
    await page.getByText('webhook-id').waitFor();
    await expectGoodLooks(page);
    status = 204;
    await delivery.getByRole('button', { name: 'Send now: webhook.test' }).click();
    await delivery.getByText('Delivered').waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Pause the webhook' }).click();
    await page.getByRole('main').getByText('Paused', { exact: true }).waitFor();
    const [hook] = (await stage.keyferry.client.request('GET /v1/webhooks')).items;
    expect(hook).toMatchObject({ name: 'ops', enabled: false, events: ['com.keyferry.plan.halted'] });
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the webhook' }).click();
    await page.getByText('There are no webhooks yet').waitFor();
    await expectGoodLooks(page);
  });
});

describe('approval rules', () => {
  it('are added and deleted, never over the change of another, and read by everyone', async () => {
    const { client } = stage.keyferry;
    const page = await asAdmin('/approval-rules');
    await page.getByRole('button', { name: 'New rule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Add the rule' }).click();
    expect(await focused(page)).toContain('Name');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('production');
    await dialog.getByLabel('AWS accounts').fill('111122223333');
    await page.keyboard.press('Tab');
    await dialog.getByText('In words: 1 approval for anything, with keys of 111122223333.').waitFor();
    await expectAccessible(page);
    const others = { rules: [{ name: 'theirs', when: {}, approvals: 2 }], version: 0, comment: 'CHG-1' };
    await client.request('PUT /v1/approval-rules', { body: others });
    await dialog.getByRole('button', { name: 'Add the rule' }).click();
    await dialog.getByText('Not saved yet: admin made version 1 meanwhile').waitFor();
    await dialog.getByRole('button', { name: 'Continue with version 1' }).click();
    await dialog.getByRole('button', { name: 'Add the rule' }).click();
    await page.getByRole('button', { name: 'Edit the rule production' }).waitFor();
    expect((await client.request('GET /v1/approval-rules')).rules.map(({ name }) => name)).toEqual([
      'theirs',
      'production',
    ]);

    const viewer = await stage.pageOf(await tokenOf('vera', 'viewer'), '/approval-rules', { reducedMotion: 'reduce' });
    await viewer.getByText('2 approvals for anything').waitFor();
    expect(await viewer.getByRole('button', { name: /New rule|Edit|Delete|Restore/ }).count()).toBe(0);
    await viewer.getByRole('button', { name: 'Show 1 rule' }).click();
    await expectGoodLooks(viewer);

    await page.getByRole('button', { name: 'Delete the rule theirs' }).click();
    await page.getByRole('button', { name: 'Delete the rule', exact: true }).click();
    await page.getByRole('button', { name: 'Delete the rule theirs' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Restore version 1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore version 1' }).click();
    await page.getByRole('button', { name: 'Delete the rule theirs' }).waitFor();
    await client.request('PUT /v1/approval-rules', { body: { rules: [], version: 4 } });
  });
});

describe('the audit log', () => {
  it('is searched by who, what and outcome, and leads to what an entry is about', async () => {
    const { client, url } = stage.keyferry;
    const vera = createKeyferryClient({ url, token: await tokenOf('refused-vera', 'viewer') });
    await expect(vera.request('GET /v1/tokens')).rejects.toThrow('admin');
    const page = await stage.pageOf(await tokenOf('audrey', 'auditor'), '/audit', { reducedMotion: 'reduce' });
    await page.getByRole('textbox', { name: 'Caller' }).fill('refused-vera');
    await page.waitForURL('**/audit?actor=refused-vera');
    const rows = page.getByRole('row').filter({ hasText: 'Refused' });
    await rows.filter({ hasText: 'GET /v1/tokens' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'Done' }).first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Done', { exact: true }).nth(1).waitFor();
    expect(await page.getByRole('textbox', { name: 'Caller' }).inputValue()).toBe('');

    const keys = (await stage.keyferry.simulator.makeKeys({ count: 1, account: newAccount() })).map(({ id }) => id);
    const body = { name: 'audited', keys, regions: ['eu-west-1'], mode: 'preview' as const };
    const { id } = await client.request('POST /v1/plans', { body });
    await page.getByRole('button', { name: 'Refresh' }).click();
    const submitted = page.getByRole('row').filter({ hasText: 'plan.submit' });
    await submitted.getByRole('button', { name: /Show details/ }).click();
    await page.getByText('"spec_sha256"', { exact: false }).waitFor();
    await expectGoodLooks(page);
    await submitted.getByRole('link', { name: 'audited' }).click();
    await page.waitForURL(`**/plans/${id}`);
  });
});

describe('a circuit that is open', () => {
  it('says since when and why, and is reset by an operator after a question', async () => {
    const account = newAccount();
    const lane = `${account}:eu-west-1:CreateKey`;
    const sql = new pg.Client({ connectionString: stage.keyferry.databaseUrl });
    await sql.connect();
    await sql.query(`INSERT INTO lanes (account, region, operation) VALUES ($1, 'eu-west-1', 'CreateKey')`, [account]);
    await sql.query(
      `INSERT INTO circuits (id, state, reason, probe_at, idle_probe_at)
       VALUES ($1, 'open', 'kms_unreachable', now() + interval '1 hour', now() + interval '1 hour')`,
      [lane],
    );
    await sql.end();
    const viewer = await stage.pageOf(await tokenOf('vera', 'viewer'), '/lanes?show=circuits');
    await viewer.getByRole('row', { name: account }).getByText('An operator can reset it.').waitFor();
    const page = await stage.pageOf(await tokenOf('olga', 'operator'), '/lanes?show=circuits', {
      reducedMotion: 'reduce',
    });
    const row = page.getByRole('row', { name: account });
    await row.getByText('Open since', { exact: false }).waitFor();
    await expectGoodLooks(page);
    await row.getByRole('button', { name: /^Reset circuit of/ }).click();
    await page.getByRole('button', { name: 'Reset the circuit' }).click();
    await page.getByText('No circuit is open').waitFor();
  });
});
