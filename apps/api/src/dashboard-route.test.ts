import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboardRoute } from './dashboard-route.ts';

const script = 'export const ferry = 1;';

let server: Server;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyferry-dashboard-'));
  const assets = join(folder, 'assets');
  mkdirSync(assets);
  writeFileSync(join(folder, 'index.html'), '<script src="/assets/app-1.js" nonce="{{csp-nonce}}"></script>');
  writeFileSync(join(assets, 'app-1.js'), script);
  writeFileSync(join(assets, 'app-1.js.br'), brotliCompressSync(script));
  writeFileSync(join(assets, 'app-1.js.gz'), gzipSync(script));
  writeFileSync(join(assets, 'font-1.woff2'), 'font');
  server = createServer(express().use(dashboardRoute(folder))).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server?.close());

const ask = (path: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers });

describe('the assets of the dashboard', () => {
  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
  ])('go to a browser that accepts %s as they were built: %s', async (accepted, encoding) => {
    const answer = await ask('/assets/app-1.js', { 'accept-encoding': accepted });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('vary')).toContain('Accept-Encoding');
    expect(await answer.text()).toBe(script);
  });

  it('are sent as they are where a build compressed nothing', async () => {
    const answer = await ask('/assets/font-1.woff2', { 'accept-encoding': 'br' });
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(await answer.text()).toBe('font');
    expect((await ask('/assets/none.js', { 'accept-encoding': 'br' })).status).toBe(404);
  });
});

describe('the page of the dashboard', () => {
  it('has the nonce that its policy names, another each time', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const answer = await ask('/plans', { accept: 'text/html' });
        const nonce = /nonce="([^"{]+)"/.exec(await answer.text())?.[1];
        expect(answer.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(2);
  });
});
