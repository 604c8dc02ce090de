import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import express from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { helpRoute } from '../../apps/api/src/help-route.ts';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { openBrowser, type TestBrowser } from './open-browser.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

let browser: TestBrowser;
let server: Server;
let address: string;
beforeAll(async () => {
  // A process of its own: what a bundler builds depends on NODE_ENV.
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build-docs.mjs')], { env: bareEnvironment });
  const help = helpRoute(join(root, 'docs/.vitepress/dist'));
  server = createServer(express().use('/help', help)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

it('shows the documentation, finds in it what is searched, and loads nothing that its policy refuses', async () => {
  const { page, faults } = await browser.visit(`${address}/help/`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('searchbox').fill('KEYFERRY_QUOTA_HEADROOM');
  await page.getByRole('option').locator('a[href*="/help/reference/configuration"]').first().click();
  await page.getByRole('heading', { name: 'Configuration', level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/help/reference/configuration');
  expect(faults).toEqual([]);
});

it.each(['architecture', 'reference/cli', 'security/threats', 'examples/plans/minimal.yaml'])(
  'answers /help/%s itself, without a script',
  async (path) => {
    const answer = await fetch(`${address}/help/${path}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await answer.text()).length).toBeGreaterThan(100);
  },
);
