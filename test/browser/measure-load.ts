import type { Page } from 'playwright-core';

/** What a page costs a browser that opens it for the first time. */
export interface Load {
  /** As sent, with their heads; an event stream, which does not end, is not among them. */
  readonly bytes: number;
  readonly requests: readonly string[];
}

/** Measures what a page loads until it is complete and its fonts are there. Nothing of its host may be in the cache. */
export async function measureLoad(page: Page, address: string, complete: () => Promise<unknown>): Promise<Load> {
  const devtools = await page.context().newCDPSession(page);
  const requests = new Map<string, string>();
  let bytes = 0;
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => requests.set(requestId, request.url));
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await devtools.send('Network.enable');
  await page.goto(address);
  await complete();
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  await devtools.detach();
  return { bytes, requests: [...requests.values()] };
}

/** Budgets of the first load. The project wants 300,000 bytes and 20 requests of both; the matrix is not there yet. */
export const budget = { overview: { bytes: 300_000, requests: 20 }, matrix: { bytes: 350_000, requests: 24 } };

/** Whether the overview, or a plan's matrix, has all that it shows. */
export const complete = {
  overview: async (page: Page) => {
    await page.getByRole('heading', { name: /^(Healthy|Degraded|Critical)$/ }).waitFor();
    await nothingLoads(page);
  },
  matrix: async (page: Page) => {
    await page.locator('[role="gridcell"][data-weight]').first().waitFor();
    await nothingLoads(page);
  },
};

const nothingLoads = (page: Page) =>
  page.locator('[aria-busy="true"], [aria-label^="Loading"]').first().waitFor({ state: 'detached' });
