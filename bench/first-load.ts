import { chromium } from 'playwright-core';
import { budget, complete, measureLoad } from '../test/browser/measure-load.ts';
import { adminToken, runQuickKeyferry } from '../test/harness/quick-keyferry.ts';
import { newAccount } from '../test/harness/run-keyferry.ts';
import { findChromium } from '../test/servers/index.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { withServers } from './with-servers.ts';

/**
 * `npm run bench:first-load`: what the overview and a plan's matrix cost a browser that opens them for the first time, and the
 * longest that they keep its reader waiting on a CPU four times as slow.
 */
const options = readOptions();
const slowdown = 4;
/** What the project wants no task of a page to take, milliseconds. */
const longestTask = 200;
const regions = ['eu-west-1', 'eu-west-2', 'eu-central-1', 'eu-north-1', 'us-west-2', 'ca-central-1', 'ap-south-1'];

/** Runs in the page, before anything of it. */
const noteLongTasks = `
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: 'longtask', buffered: true });
`;

const runs = await withServers({ redis: options.engine === 'redis' }, async (servers) => {
  const keyferry = await runQuickKeyferry(servers);
  const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
  try {
    const keys = (await keyferry.simulator.makeKeys({ count: 300, account: newAccount() })).map((key) => key.id);
    const { id } = await keyferry.run({ name: 'first-load', keys, regions });
    const paths = { overview: '/', matrix: `/plans/${id}/matrix` };
    const results: { run: string; figures: Figure[] }[] = [];
    for (const view of ['overview', 'matrix'] as const) {
      tell(`the ${view} …`);
      const context = await browser.newContext({ viewport: { width: 1360, height: 850 } });
      await context.request.post(`${keyferry.url}/v1/session`, { headers: { authorization: `Bearer ${adminToken}` } });
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
      await page.addInitScript(noteLongTasks);
      const { bytes, requests } = await measureLoad(page, `${keyferry.url}${paths[view]}`, () => complete[view](page));
      await page.waitForTimeout(2_000);
      const longest = await page.evaluate<number>('Math.max(0, ...window.longTasks)');
      results.push({
        run: view,
        figures: [
          { what: 'bytes, as sent', value: bytes, unit: 'B', atMost: budget[view].bytes },
          { what: 'requests', value: requests.length, unit: 'calls', atMost: budget[view].requests },
          { what: `longest task, CPU ${slowdown} times as slow`, value: longest, unit: 'ms', atMost: longestTask },
        ],
      });
      await context.close();
    }
    return results;
  } finally {
    await browser.close();
    await keyferry.stop();
  }
});

process.exitCode = print(
  {
    bench: 'bench:first-load',
    measured: `the first visit of a headless Chromium, with ${regions.length} Regions; tasks under 50 ms are not counted.`,
    runs,
  },
  options,
);
