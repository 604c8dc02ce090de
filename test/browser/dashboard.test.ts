import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { expectAccessible, openBrowser, signIn, type TestBrowser, type Visit } from './open-browser.ts';

let keyferry: Keyferry;
let browser: TestBrowser;
beforeAll(async () => {
  [keyferry, browser] = await Promise.all([startKeyferry(), openBrowser()]);
});
afterEach(() => browser.endVisits());
afterAll(async () => {
  await browser?.close();
  await keyferry?.stop();
});

async function visitAs(token: string, path = '/'): Promise<Visit> {
  const visit = await browser.visit(`${keyferry.url}${path}`);
  await signIn(visit.page, token);
  return visit;
}

async function tokenOf(role: 'viewer' | 'operator' | 'approver'): Promise<string> {
  return (await keyferry.client.request('POST /v1/tokens', { body: { name: `${role}-in-a-browser`, role } })).token;
}

describe('signing in', () => {
  it('takes a token, keeps it from scripts, and leads to where one was going', async () => {
    const { page, faults } = await visitAs(adminToken, '/plans?state=running');
    await page.getByRole('heading', { name: 'Plans', level: 1 }).waitFor();
    expect(page.url()).toBe(`${keyferry.url}/plans?state=running`);
    const kept = await page.evaluate<string>(
      'document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })',
    );
    expect(kept).not.toContain(adminToken);
    expect(kept).not.toMatch(/session/i);
    expect(faults).toEqual([]);
  });

  it('says why a token is refused, and stays', async () => {
    const { page } = await browser.visit(keyferry.url);
    await page.getByLabel('API token').fill('not-a-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('not valid').waitFor();
    await expectAccessible(page);
  });

  it('ends with signing out, for every tab', async () => {
    const { page } = await visitAs(adminToken);
    const other = await page.context().newPage();
    await other.goto(`${keyferry.url}/plans`);
    await other.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.getByRole('button', { name: 'admin' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('ends when the token is revoked', async () => {
    const { id, token } = await keyferry.client.request('POST /v1/tokens', {
      body: { name: 'soon-gone', role: 'viewer' },
    });
    const { page } = await visitAs(token, '/plans');
    await keyferry.client.request('DELETE /v1/tokens/{id}', { id });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('a new plan', () => {
  it('goes from the form to its end', async () => {
    const keys = await keyferry.simulator.makeKeys({ count: 3, account: newAccount() });
    const { page, faults } = await visitAs(await tokenOf('operator'), '/plans');
    await page.getByRole('link', { name: 'New plan' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('from-the-form');
    await page.getByRole('textbox', { name: 'Keys' }).fill(keys.map((key) => key.id).join('\n'));
    await page.getByRole('checkbox', { name: 'eu-west-1' }).check();
    await page.getByRole('checkbox', { name: 'eu-west-2' }).check();
    await page.getByRole('heading', { name: '3 keys × 2 Regions = 6 replicas' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Run without a preview' }).click();
    await page.getByRole('button', { name: 'Submit and run from-the-form' }).click();
    await page.waitForURL(/\/plans\/[0-9a-f-]{36}/);
    const id = new URL(page.url()).pathname.split('/')[2] ?? '';
    expect(await keyferry.settled(id)).toMatchObject({
      name: 'from-the-form',
      state: 'succeeded',
      counts: { total: 6 },
    });
    expect(faults).toEqual([]);
  });

  it('says what is wrong with it as one types, and sends nothing that is', async () => {
    const { page } = await visitAs(adminToken, '/plans/new');
    await page.getByRole('textbox', { name: 'Keys' }).fill('alias/prod-a\nnot-a-key');
    await page.getByText('Line 2: not-a-key').waitFor();
    await page.getByRole('button', { name: 'China, GovCloud and other partitions' }).click();
    await page.getByRole('checkbox', { name: 'eu-west-1' }).check();
    await page.getByRole('checkbox', { name: 'cn-north-1' }).check();
    await page.getByText('replicated within one AWS partition').first().waitFor();
    const sent: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await page.getByRole('alert').getByText('Still to do').waitFor();
    expect(sent).toEqual([]);
  });
});

describe('who may not submit', () => {
  it('is not offered to', async () => {
    const { page } = await visitAs(await tokenOf('viewer'), '/plans');
    await page.getByRole('heading', { name: 'Plans', level: 1 }).waitFor();
    expect(await page.getByRole('link', { name: 'New plan' }).count()).toBe(0);
  });
});

describe('the overview', () => {
  it('says what is the matter, on the tab too, and leads to what answers it', async () => {
    const keys = await keyferry.simulator.makeKeys({ count: 60, account: newAccount() });
    const awsError = { name: 'AccessDeniedException', message: 'not authorized' };
    await keyferry.simulator.addFaults({ operation: 'replicate-key', region: 'sa-east-1', effect: { awsError } });
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'not-allowed',
        keys: keys.map((key) => key.id),
        regions: ['sa-east-1'],
        options: { failure_tolerance: { count: 0 } },
      },
    });
    const { page, faults } = await visitAs(await tokenOf('operator'));
    await page.getByRole('heading', { name: 'Degraded' }).waitFor();
    expect(await page.title()).toBe('(!) Overview · Keyferry');
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.reload();
    await page.getByRole('heading', { name: 'Degraded' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Resume, retry or cancel' }).click();
    await page.waitForURL(`**/plans/${id}/failures`);
    expect(faults).toEqual([]);
  });

  it('shows lanes, whose quota can be set and taken back', async () => {
    const account = newAccount();
    const keys = await keyferry.simulator.makeKeys({ count: 1, account });
    const plan = { name: 'one', keys: keys.map((key) => key.id), regions: ['eu-west-1'] };
    await keyferry.settled((await keyferry.client.request('POST /v1/plans', { body: plan })).id);
    const { page, faults } = await visitAs(await tokenOf('operator'), `/lanes?q=${account}&operation=CreateKey`);
    const lane = page.getByRole('row', { name: account });
    await lane.getByText('of 20 a second').waitFor();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await lane.getByRole('button', { name: 'Change quota' }).click();
    await page.getByLabel('Requests a second').fill('50');
    await page.getByText('From 20 to 50 a second').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Set to 50 a second' }).click();
    await lane.getByText('the default is 20').waitFor();
    await lane.getByRole('button', { name: 'Change quota' }).click();
    await page.getByRole('button', { name: 'Back to the default of 20' }).click();
    await lane.getByText('of 20 a second').waitFor();
    expect(faults).toEqual([]);
  });
});
