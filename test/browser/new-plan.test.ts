import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { expectAccessible, expectLegible, signIn } from './open-browser.ts';
import { setStage } from './stage.ts';

const stage = setStage();

const keysOf = async (count: number): Promise<string[]> =>
  (await stage.keyferry.simulator.makeKeys({ count, account: newAccount() })).map((key) => key.id);
const tokenOf = (role: 'operator' | 'viewer', name: string) =>
  stage.keyferry.client.request('POST /v1/tokens', { body: { name, role } });

const nameField = (page: Page) => page.getByRole('textbox', { name: 'Name' });
const keysField = (page: Page) => page.getByRole('textbox', { name: 'Keys', exact: true });
const preview = (page: Page) => page.getByRole('button', { name: 'Preview', exact: true });
const region = (page: Page, name: string) => page.getByRole('checkbox', { name });

/** What has the focus: its name, as a screen reader says it, and what describes it. */
const focused = (page: Page) =>
  page.evaluate<{ field: string | null; invalid: string | null; described: string }>(`(() => {
    const at = document.activeElement;
    const ids = (at.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean);
    return {
      field: at.closest('[data-field]')?.dataset.field ?? null,
      invalid: at.getAttribute('aria-invalid'),
      described: ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' '),
    };
  })()`);

async function fillIn(page: Page, name: string, keys: readonly string[]): Promise<void> {
  await nameField(page).fill(name);
  await keysField(page).fill(keys.join('\n'));
  await region(page, 'eu-west-1').check();
}

describe('keys that cannot be read', () => {
  it('block the plan, are marked in their line with the reason, and are removed only when asked', async () => {
    const page = await stage.pageOf(adminToken, '/plans/new');
    const keys = await keysOf(2);
    await fillIn(page, 'unreadable', [
      keys[0] ?? '',
      'arn:aws:s3:us-east-1:111122223333:key/mrk-1',
      keys[1] ?? '',
      'prod-a',
    ]);
    const list = page.getByRole('list', { name: 'Entries that are not keys' });
    await list.getByText('This ARN is of "s3", not of KMS.').waitFor();
    await list.getByText('write alias/prod-a').waitFor();
    const sent: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
    await preview(page).click();
    await page.waitForFunction('document.activeElement?.dataset.field === "keys"');
    expect(await focused(page)).toMatchObject({
      field: 'keys',
      invalid: 'true',
      described: expect.stringContaining('2 entries are not keys, in lines 2 and 4.'),
    });
    expect(sent).toEqual([]);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectLegible(page);
    await list.getByRole('button', { name: 'Line 4' }).click();
    const selected =
      'getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)';
    expect(await page.evaluate(selected)).toBe('prod-a');
    await page.getByRole('button', { name: 'Remove 2 unreadable entries' }).click();
    await page.getByRole('heading', { name: '2 keys × 1 Region = 2 replicas' }).waitFor();
    await preview(page).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}\/preview/);
  });
});

describe('several errors', () => {
  it('move the focus to the first field, and are listed with a way to each', async () => {
    const page = await stage.pageOf(adminToken, '/plans/new');
    await page.getByRole('textbox', { name: 'Priority' }).fill('101');
    await preview(page).click();
    await page.waitForFunction('document.activeElement?.dataset.field === "name"');
    expect(await focused(page)).toMatchObject({
      invalid: 'true',
      described: expect.stringContaining('A plan needs a name.'),
    });
    const list = page.getByRole('alert').filter({ hasText: 'Still to do' });
    await list.getByRole('button', { name: 'Name at least one Region.' }).click();
    expect(await focused(page)).toMatchObject({ field: 'regions' });
    await list.getByRole('button', { name: 'Enter a whole number from 0 to 100.' }).focus();
    await page.keyboard.press('Enter');
    expect(await focused(page)).toMatchObject({
      field: 'options.priority',
      described: expect.stringContaining('0 to 100'),
    });
  });
});

describe('a draft', () => {
  it('outlives Back and a reload, is gone once a plan was made of it, or when it is discarded', async () => {
    const page = await stage.pageOf(adminToken, '/plans');
    await page.getByRole('link', { name: 'New plan' }).click();
    await fillIn(page, 'kept', await keysOf(1));
    await page.getByRole('checkbox', { name: 'Skip the primary’s own Region' }).check();
    await page.goBack();
    await page.getByRole('heading', { name: 'Plans', level: 1 }).waitFor();
    await page.goForward();
    await page.getByText('Your draft is back').waitFor();
    expect(await nameField(page).inputValue()).toBe('kept');
    await page.reload();
    await page.getByText('Your draft is back').waitFor();
    expect(await region(page, 'eu-west-1').isChecked()).toBe(true);
    expect(await page.evaluate<string>('JSON.stringify(sessionStorage)')).not.toContain(adminToken);
    await preview(page).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}\/preview/);
    const id = new URL(page.url()).pathname.split('/')[2] ?? '';
    const made = await stage.keyferry.client.request('GET /v1/plans/{id}', { id });
    expect(made.spec).toMatchObject({ name: 'kept', options: { skip_same_region: true } });
    await page.goto(`${stage.keyferry.url}/plans/new`);
    await nameField(page).fill('thrown away');
    await page.reload();
    await page.getByText('Your draft is back').waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    expect(await nameField(page).inputValue()).toBe('');
    await page.reload();
    await page.getByRole('heading', { name: 'New plan' }).waitFor();
    expect(await nameField(page).inputValue()).toBe('');
  });

  it('outlives a session that ended, for the caller whose it is', async () => {
    const olga = await tokenOf('operator', 'olga-drafts');
    const page = await stage.pageOf(olga.token, '/plans/new');
    await fillIn(page, 'of-olga', await keysOf(1));
    await page.context().clearCookies();
    // What the page reads by itself may be refused first: then the form is gone already.
    const kept = page.getByText('The draft of your plan is kept in this tab');
    await preview(page).or(kept).first().click();
    await kept.waitFor();
    await signIn(page, adminToken);
    await page.getByRole('heading', { name: 'New plan' }).waitFor();
    expect(await nameField(page).inputValue()).toBe('');
    await page.context().clearCookies();
    await page.reload();
    await signIn(page, olga.token);
    await page.getByText('Your draft is back').waitFor();
    await preview(page).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}\/preview/);
  });

  it('outlives an API that does not answer, and makes one plan though it is submitted twice', async () => {
    const page = await stage.pageOf(adminToken, '/plans/new');
    await fillIn(page, 'twice', await keysOf(1));
    // It is stored; its answer is lost.
    await page.route('**/v1/plans', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await preview(page).click();
    await page.getByRole('alert').getByText('Your draft is kept.').waitFor();
    await page.unroute('**/v1/plans');
    await page.reload();
    await page.getByText('Your draft is back').waitFor();
    await preview(page).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}\/preview/);
    const { items } = await stage.keyferry.client.request('GET /v1/plans', { query: { q: 'twice' } });
    expect(items).toHaveLength(1);
  });
});

describe('a manifest', () => {
  it('is refused line by line, shows each line with a mark, and is fixed in place', async () => {
    const [key = ''] = await keysOf(1);
    const page = await stage.pageOf(adminToken, '/plans/new');
    await nameField(page).fill('by-rows');
    await page.getByText('Manifest', { exact: true }).click();
    const rows = `key,region\n${key},eu-wset-1\n${key},eu-west-2\n`;
    await page.getByRole('textbox', { name: 'Or paste its rows' }).fill(rows);
    await preview(page).click();
    const refused = page.getByRole('list', { name: 'Refused lines of the manifest' });
    await refused.getByText(`Line 2: ${key},eu-wset-1`).waitFor();
    expect(await refused.locator('mark').textContent()).toBe('eu-wset-1');
    await page.waitForFunction('document.activeElement?.dataset.field === "manifest"');
    await expectAccessible(page);
    await page.reload();
    const text = page.getByRole('textbox', { name: 'Rows of pasted.csv' });
    expect(await text.inputValue()).toBe(rows);
    await text.fill(rows.replace('wset', 'west'));
    await preview(page).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}\/preview/);
  });
});

describe('the form filled from elsewhere', () => {
  it('copies a plan with all its settings, those without a field too', async () => {
    const windows = [{ days: ['sat' as const], from: '22:00', to: '06:00', time_zone: 'UTC' }];
    const keys = await keysOf(2);
    const { id } = await stage.keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'original',
        mode: 'preview',
        keys,
        regions: ['eu-west-1'],
        options: { windows, failure_tolerance: { percent: 5 }, change_ticket: 'CHG-1' },
      },
    });
    const page = await stage.pageOf(adminToken, `/plans/new?from=${id}`);
    await page.getByText('Copied from “original”').waitFor();
    await page.getByText('sat 22:00–06:00 UTC').waitFor();
    await nameField(page).fill('the-copy');
    await preview(page).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}\/preview/);
    const copyId = new URL(page.url()).pathname.split('/')[2] ?? '';
    const specOf = async (id: string) =>
      (await stage.keyferry.client.request('GET /v1/plans/{id}', { id })).spec as { options: object };
    const { options, ...spec } = await specOf(id);
    expect(await specOf(copyId)).toEqual({ ...spec, name: 'the-copy', options: { ...options, change_ticket: null } });
    await page.goto(`${stage.keyferry.url}/plans/new?from=00000000-0000-4000-8000-000000000000`);
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'Start with an empty form' }).click();
    await keysField(page).waitFor();
  });

  it('takes the keys that were selected on their page, once', async () => {
    const keys = await keysOf(3);
    const page = await stage.pageOf(adminToken, '/keys');
    await page.evaluate(`sessionStorage.setItem('keyferry.new-plan.keys', '${JSON.stringify(keys)}')`);
    await page.goto(`${stage.keyferry.url}/plans/new?selected=1`);
    await page.getByRole('heading', { name: '3 keys × 0 Regions' }).waitFor();
    expect(await page.evaluate("sessionStorage.getItem('keyferry.new-plan.keys')")).toBeNull();
    await page.reload();
    expect((await keysField(page).inputValue()).split('\n')).toEqual(keys);
  });

  it('reads a plan file, and shows what is wrong in its lines', async () => {
    const page = await stage.pageOf(adminToken, '/plans/new');
    await page.getByRole('button', { name: 'Fill in from a plan file' }).click();
    const text = page.getByRole('textbox', { name: 'Or paste it' });
    await text.fill('name: from-yaml\nkeys: [alias/a]\nregions: [eu-wset-1]\n');
    await page.getByRole('button', { name: 'Fill in the form' }).click();
    const faults = page.getByRole('list', { name: 'Faults of the plan file' });
    await faults.getByText('Line 3: regions: [eu-wset-1]').waitFor();
    expect(await faults.locator('mark').textContent()).toBe('eu-wset-1');
    await expectAccessible(page);
    await text.fill('name: from-yaml\nkeys: [alias/a]\nregions: [eu-west-1]\n');
    await page.getByRole('button', { name: 'Fill in the form' }).click();
    await page.getByRole('heading', { name: '1 key × 1 Region = 1 replica' }).waitFor();
    expect(await nameField(page).inputValue()).toBe('from-yaml');
  });
});

describe('who may not submit', () => {
  it('is told before filling anything in, and can hand over a plan file', async () => {
    const viewer = await tokenOf('viewer', 'vera-reads');
    const page = await stage.pageOf(viewer.token, '/plans/new');
    await page.getByText('vera-reads has the role viewer; operators and admins submit plans.').waitFor();
    expect(await preview(page).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Run without a preview' }).isDisabled()).toBe(true);
    await expectAccessible(page);
    await fillIn(page, 'for-olga', ['alias/a']);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as a plan file' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('for-olga.json');
  });
});
