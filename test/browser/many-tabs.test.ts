import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';
import { insecureHost, signIn } from './open-browser.ts';
import { setStage } from './stage.ts';

const stage = setStage();

/** A plan that waits to be executed, and has a stream of events until it is. */
async function waitingPlan(name: string): Promise<string> {
  const keys = (await stage.keyferry.simulator.makeKeys({ count: 1, account: newAccount() })).map((key) => key.id);
  const body = { name, keys, regions: ['eu-west-1'], mode: 'preview' as const };
  return (await stage.keyferry.client.request('POST /v1/plans', { body })).id;
}

const stateOf = (page: Page, label: string) =>
  page.getByRole('main').getByText(label, { exact: true }).first().waitFor();

/** Opens a path in one more tab of a browser, and waits until it shows the state of the plan there. */
async function tabWith(first: Page, path: string, state: string): Promise<Page> {
  const page = await first.context().newPage();
  await page.goto(new URL(path, first.url()).href);
  await stateOf(page, state);
  return page;
}

/** The same pages over plain HTTP from another machine, where browsers leave out what they keep for secure contexts. */
async function insecurePage(path: string): Promise<Page> {
  const { page } = await stage.browser.visit(stage.keyferry.url.replace('127.0.0.1', insecureHost).concat(path));
  await signIn(page, adminToken);
  return page;
}

/** Makes a tab believe that it is hidden, or seen again. */
async function show(page: Page, visibility: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'visibilityState', { value: '${visibility}', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));`,
  );
}

async function cancel(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('button', { name: 'Cancel the plan' }).click();
  await stateOf(page, 'Cancelled');
}

/** Counts the event streams that the tabs of a page's browser have open. */
function countStreams(page: Page): () => number {
  const open = new Set<unknown>();
  const isStream = (url: string) => /\/events(\?|$)/.test(url);
  page.context().on('request', (request) => isStream(request.url()) && open.add(request));
  page.context().on('requestfailed', (request) => open.delete(request));
  page.context().on('requestfinished', (request) => open.delete(request));
  return () => open.size;
}

describe.each(['a secure context', 'plain HTTP'])('seven tabs in %s', (context) => {
  const openFirst = () => (context === 'plain HTTP' ? insecurePage('/plans') : stage.pageOf(adminToken, '/plans'));

  it('of seven plans leave room for commands: the seventh shows its plan, and the first cancels its own', async () => {
    const ids = await Promise.all(Array.from({ length: 7 }, (_, i) => waitingPlan(`tab-${i}`)));
    const first = await openFirst();
    const streams = countStreams(first);
    const pages: Page[] = [];
    for (const id of ids) pages.push(await tabWith(first, `/plans/${id}`, 'Previewed'));
    expect(streams()).toBeLessThanOrEqual(3);
    await cancel(pages[0] as Page);
    await cancel(pages[6] as Page);
  });

  it('of one plan share one stream, which goes on in another when its tab is closed', async () => {
    const id = await waitingPlan('shared');
    const first = await openFirst();
    const streams = countStreams(first);
    const pages: Page[] = [];
    for (let i = 0; i < 7; i += 1) pages.push(await tabWith(first, `/plans/${id}`, 'Previewed'));
    for (const page of pages) await page.getByText('Live', { exact: true }).waitFor();
    expect(streams()).toBe(1);
    await pages[0]?.close();
    await until('another tab has the stream', streams, (open) => open === 1);
    for (const page of pages.slice(1)) await page.getByText('Live', { exact: true }).waitFor();
    await cancel(pages[1] as Page);
    for (const page of pages.slice(2)) await stateOf(page, 'Cancelled');
  });
});

describe('a hidden tab', () => {
  it('leaves its stream to the tabs that are looked at, and shows what it missed when it is seen again', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, (_, i) => waitingPlan(`hidden-${i}`)));
    const first = await stage.pageOf(adminToken, '/plans');
    const pages: Page[] = [];
    for (const id of ids) pages.push(await tabWith(first, `/plans/${id}`, 'Previewed'));
    const [hidden, , , last] = pages as [Page, Page, Page, Page];
    await last.getByText('Every 5 s', { exact: true }).waitFor();
    await show(hidden, 'hidden');
    await last.getByText('Live', { exact: true }).waitFor();
    await stage.keyferry.client.request('POST /v1/plans/{id}/cancel', { id: ids[0] ?? '' });
    await show(hidden, 'visible');
    await stateOf(hidden, 'Cancelled');
  });
});

describe('plain HTTP', () => {
  it('has the form for a new plan too', async () => {
    const page = await insecurePage('/plans/new');
    await page.getByRole('textbox', { name: 'Name' }).fill('over-plain-http');
  });
});
