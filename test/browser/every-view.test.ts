import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';
import { expectAccessible, expectLegible, signIn } from './open-browser.ts';
import { setStage } from './stage.ts';

const stage = setStage();

const keysOf = async (count: number, more: Record<string, unknown> = {}): Promise<string[]> =>
  (await stage.keyferry.simulator.makeKeys({ count, account: newAccount(), ...more })).map((key) => key.id);

describe('every view', () => {
  const views = [
    '/',
    '/plans',
    '/plans/new',
    '/keys',
    '/lanes',
    '/coverage',
    '/coverage/-/new',
    '/drills/new',
    '/schedules',
    '/schedules/new',
    '/region-groups',
    '/region-groups/-/new',
    ...['matrix', 'replicas', 'failures', 'throughput', 'preview', 'spec'],
  ];
  let id: string;
  beforeAll(async () => {
    const keys = [...(await keysOf(8)), ...(await keysOf(1, { state: 'Disabled' }))];
    id = (await stage.keyferry.run({ name: 'seen', keys, regions: ['eu-west-1', 'us-west-2'] })).id;
  });

  describe.each(views)('%s', (view) => {
    let page: Page;
    beforeAll(async () => {
      page = await stage.pageOf(adminToken, view.startsWith('/') ? view : `/plans/${id}/${view}`);
    });

    it('is accessible in the light scheme, and legible in the dark one', async () => {
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('[aria-busy="true"], [aria-label^="Loading"]').first().waitFor({ state: 'detached' });
      await expectAccessible(page);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
      await expectLegible(page);
    });
  });

  it('fits a telephone', async () => {
    const page = await stage.pageOf(adminToken, '/plans', { viewport: { width: 375, height: 760 } });
    for (const view of views) {
      await page.goto(`${stage.keyferry.url}${view.startsWith('/') ? view : `/plans/${id}/${view}`}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      expect({ view, wider }).toEqual({ view, wider: 0 });
    }
  });

  it('asks no other host for anything, and loads less than 300 KB at first', async () => {
    const { page, faults } = await stage.browser.visit(`${stage.keyferry.url}/plans`);
    const bytes = await until(
      'everything is loaded',
      () =>
        page.evaluate<number>(
          'performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).reduce((sum, one) => sum + one.transferSize, 0)',
        ),
      (sum) => sum > 100_000,
    );
    await page.waitForLoadState('networkidle');
    await signIn(page, adminToken);
    expect(faults).toEqual([]);
    expect(bytes).toBeLessThan(300_000);
  });
});
