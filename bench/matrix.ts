import { chromium, type Page } from 'playwright-core';
import { adminToken, runQuickKeyferry } from '../test/harness/quick-keyferry.ts';
import type { Keyferry } from '../test/harness/run-keyferry.ts';
import { until } from '../test/harness/until.ts';
import { findChromium } from '../test/servers/index.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { withServers } from './with-servers.ts';

/**
 * `npm run bench:matrix`: the longest that the page of a running plan keeps its reader waiting, with 20,000 keys × 20 Regions
 * and with a hundredth of the keys: while it moves by itself, is scrolled, jumped through, and a replica is opened.
 */
const options = readOptions();
const sizes = [200, 20_000];
/** What the project wants no task of the page to take, milliseconds. */
const target = 200;
const accounts = 4;
/** A key × Region that has been read. */
const cell = '[role="gridcell"][data-weight]';
const regions = [
  ...['us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1', 'eu-central-1', 'eu-west-1', 'eu-west-2'],
  ...['eu-west-3', 'eu-north-1', 'eu-south-1', 'ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ...['ap-southeast-1', 'ap-southeast-2', 'ap-east-1', 'af-south-1', 'me-south-1'],
];

/** Runs in the page, before anything of it. */
const countLongTasks = `
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: 'longtask', buffered: true });
`;

const runs = await withServers({ redis: options.engine === 'redis' }, async (servers) => {
  const keyferry = await runQuickKeyferry(servers);
  const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
  try {
    const results: { run: string; figures: Figure[] }[] = [];
    for (const keys of sizes) {
      tell(`a plan of ${keys} keys × ${regions.length} Regions …`);
      const id = await runningPlan(keyferry, keys);
      const page = await browser.newPage({ viewport: { width: 1360, height: 850 } });
      await page.addInitScript(countLongTasks);
      await open(page, keyferry.url, id);
      const longest = await longestTasks(page);
      const before = results[0]?.figures;
      const figures = Object.entries(longest).flatMap(([what, value]): Figure[] => {
        const few = before?.find((figure) => figure.what === `longest task: ${what}`)?.value;
        return [
          { what: `longest task: ${what}`, value, unit: 'ms', atMost: target },
          ...(few === undefined
            ? []
            : [{ what: `over that of few keys: ${what}`, value: value / Math.max(few, 50), unit: '' as const }]),
        ];
      });
      results.push({ run: `${keys} keys`, figures });
      await page.close();
      await keyferry.client.request('POST /v1/plans/{id}/cancel', { id });
    }
    return results;
  } finally {
    await browser.close();
    await keyferry.stop();
  }
});

process.exitCode = print(
  {
    bench: 'bench:matrix',
    measured:
      `the matrix of a running plan into ${regions.length} Regions, in a headless Chromium; tasks under 50 ms are not ` +
      'counted, and none is 0.',
    runs,
  },
  options,
);

async function runningPlan(keyferry: Keyferry, keys: number): Promise<string> {
  const groups = Array.from({ length: accounts }, (_, i) => ({
    count: keys / accounts,
    account: String(100_000_000_000 + keys + i),
    aliasPrefix: `alias/bench-${keys}-${i}`,
  }));
  const made = (await Promise.all(groups.map((group) => keyferry.simulator.makeKeys(group)))).flat();
  const plan = await keyferry.client.request('POST /v1/plans', {
    body: {
      name: `matrix-${keys}`,
      keys: made.map((key) => key.id),
      regions,
      options: { max_in_flight: 500 },
    },
  });
  await until(
    'the plan is under way',
    () => keyferry.client.request('GET /v1/plans/{id}', { id: plan.id }),
    ({ counts }) => counts.succeeded > 20,
    { withinMs: 300_000, everyMs: 500 },
  );
  return plan.id;
}

async function open(page: Page, url: string, planId: string): Promise<void> {
  await page.goto(`${url}/plans/${planId}/matrix`);
  await page.getByLabel('API token').fill(adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator(cell).first().waitFor();
  await page.waitForTimeout(2_000);
}

/** The longest task, milliseconds, of each thing that one does with the matrix. */
async function longestTasks(page: Page): Promise<Record<string, number>> {
  const grid = page.getByRole('grid');
  const during = async (work: () => Promise<unknown>): Promise<number> => {
    await page.evaluate('window.longTasks.length = 0');
    await work();
    await page.waitForTimeout(1_000);
    return page.evaluate<number>('Math.max(0, ...window.longTasks)');
  };
  const box = await grid.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 200);
  return {
    'it moves by itself, 15 s': await during(() => page.waitForTimeout(15_000)),
    'scrolled by the wheel': await during(async () => {
      for (let n = 0; n < 60; n += 1) {
        await page.mouse.wheel(0, 120);
        await page.waitForTimeout(16);
      }
    }),
    'leafed through by keyboard': await during(async () => {
      await page.locator(cell).first().focus();
      for (let n = 0; n < 40; n += 1) await page.keyboard.press('PageDown');
    }),
    'to the end and back': await during(async () => {
      await page.keyboard.press('Control+End');
      await page.waitForTimeout(500);
      await page.keyboard.press('Control+Home');
    }),
    'a replica opened': await during(async () => {
      await page.locator(cell).first().click();
      await page.getByRole('dialog').waitFor();
    }),
  };
}
