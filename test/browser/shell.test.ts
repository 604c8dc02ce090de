import { describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { expectAccessible, expectLegible, signIn } from './open-browser.ts';
import { setStage } from './stage.ts';

const stage = setStage();

const tokenOf = async (role: 'viewer' | 'operator'): Promise<string> =>
  (await stage.keyferry.client.request('POST /v1/tokens', { body: { name: `${role}-at-the-shell`, role } })).token;

describe('the queues', () => {
  it('are shown in the shell, whose pages are a press away, and load nothing from another host', async () => {
    const { page, faults } = await stage.browser.visit(`${stage.keyferry.url}/queues`);
    await signIn(page, adminToken);
    const board = page.frameLocator('iframe[title="Bull Board"]');
    await board.getByText('keyferry-replicate').first().waitFor();
    expect(await page.title()).toBe('Queues · Keyferry');
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Plans' }).click();
    await page.getByRole('heading', { name: 'Plans', level: 1 }).waitFor();
    await page.goBack();
    await board.getByText('keyferry-replicate').first().waitFor();
    await page.goto(`${stage.keyferry.url}/queues/queue/keyferry-watch`);
    await board.getByRole('heading', { name: 'watch' }).first().waitFor();
    // Bull Board tries inline styles, which its policy refuses.
    expect(faults.filter((fault) => !fault.includes('inline style'))).toEqual([]);
  });
});

describe('a page that is not to be had', () => {
  it.each([
    ['/nothing-of-that-name', 'Page not found'],
    ['/queues', 'Not allowed: Queues'],
    [`/plans/${crypto.randomUUID()}`, 'There is no plan'],
    [`/drills/${crypto.randomUUID()}`, 'There is no drill'],
    [`/checks/${crypto.randomUUID()}`, 'There is no check'],
    ['/coverage/no-such-policy', 'There is no coverage policy'],
  ])('says at %s: %s', async (path, text) => {
    const page = await stage.pageOf(await tokenOf('viewer'), path);
    await page.getByRole('main').getByText(text).first().waitFor();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
    await expectLegible(page);
  });

  it('says that what is refused now was read before', async () => {
    const page = await stage.pageOf(adminToken, '/lanes');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('main').locator('[aria-label^="Loading"]').first().waitFor({ state: 'detached' });
    await page.route('**/v1/lanes*', (route) => route.fulfill({ status: 503, json: refusal }));
    const notice = page.getByRole('status').filter({ hasText: 'A part of this page is out of date' });
    await notice.getByText('Postgres is slow').waitFor();
    await page.unroute('**/v1/lanes*');
    await notice.waitFor({ state: 'detached' });
  });
});

describe('a browser that is offline', () => {
  it('is told so on the page it has, on a page it has not loaded yet, and goes on by itself', async () => {
    const page = await stage.pageOf(adminToken, '/plans');
    await page.getByRole('heading', { name: 'Plans', level: 1 }).waitFor();
    await page.context().setOffline(true);
    const notice = page.getByRole('status').filter({ hasText: 'This browser is offline' });
    await notice.waitFor();
    await page.getByRole('link', { name: 'Lanes' }).click();
    const absent = page.getByRole('alert').filter({ hasText: 'This part of the page could not be shown' });
    await absent.getByText('This browser is offline, so it could not be loaded').waitFor();
    await page.context().setOffline(false);
    await notice.waitFor({ state: 'detached' });
    await absent.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'Lanes', level: 1 }).waitFor();
  });
});

describe('on paper', () => {
  it.each(['plan', 'coverage', 'drill'] as const)('a %s is light, without navigation, and not cut', async (subject) => {
    const path = await pathTo[subject]();
    const page = await stage.pageOf(adminToken, path, { colorScheme: 'dark' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[aria-busy="true"], [aria-label^="Loading"]').first().waitFor({ state: 'detached' });
    // A4 within its margins, as Chromium lays it out.
    await page.setViewportSize({ width: 718, height: 1_000 });
    await page.emulateMedia({ media: 'print' });
    await page.locator('[data-mantine-color-scheme="light"]').first().waitFor();
    expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false);
    expect(await page.getByRole('banner').isVisible()).toBe(false);
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
    expect(await page.evaluate<string>(backgroundOfBody)).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate<string[]>(cutParts)).toEqual([]);
    await page.emulateMedia({ media: 'screen' });
    await page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
  });
});

const backgroundOfBody = 'getComputedStyle(document.body).backgroundColor';

/** What is wider than what it stands in, or than the paper. */
const cutParts = `[...document.querySelectorAll('main *:not(.mantine-VisuallyHidden-root)')]
  .filter((element) => {
    const { overflowX, display } = getComputedStyle(element);
    const scrolls = overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
    return display !== 'inline' && element.checkVisibility() && (scrolls || element.getBoundingClientRect().right > innerWidth + 1);
  })
  .map((element) => element.tagName + '.' + element.className)`;

const keysOf = async (): Promise<string[]> =>
  (
    await stage.keyferry.simulator.makeKeys({ count: 8, account: newAccount(), aliasPrefix: 'alias/payments-ledger' })
  ).map((key) => key.id);

const pathTo = {
  plan: async () => {
    const { id } = await stage.keyferry.run({
      name: 'paper',
      keys: await keysOf(),
      regions: ['eu-west-1', 'us-west-2'],
    });
    return `/plans/${id}/replicas`;
  },
  coverage: async () => {
    const name = 'paper';
    const body = { name, keys: await keysOf(), regions: ['eu-west-1', 'us-west-2'] };
    await stage.keyferry.client.request('PUT /v1/coverage/policies/{name}', { name, body });
    await stage.keyferry.client.request('POST /v1/coverage/policies/{name}/checks', { name });
    return `/coverage/${name}`;
  },
  drill: async () => {
    const { id } = await stage.keyferry.client.request('POST /v1/drills', {
      body: {
        name: 'paper',
        scenario: 'The primaries move to eu-west-1',
        keys: await keysOf(),
        regions: ['eu-west-1'],
        targets: { rto: '30m', rpo: 0 },
        steps: [{ step: 'replicate' }, { step: 'verify', every: '1s' }, { step: 'promote', to: 'eu-west-1' }],
      },
    });
    return `/drills/${id}`;
  },
};

const refusal = {
  type: 'about:blank',
  title: 'Dependency down',
  status: 503,
  detail: 'Postgres is slow',
  request_id: '-',
};
