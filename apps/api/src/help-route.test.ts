import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { helpRoute } from './help-route.ts';

async function ask(folder: string, path: string): Promise<Response> {
  const server = createServer(express().use('/help', helpRoute(folder))).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { redirect: 'manual' });
}

it('says how to build the documentation where it was not built', async () => {
  const answer = await ask(mkdtempSync(join(tmpdir(), 'keyferry-help-')), '/help/quickstart');
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('npm run build:docs');
});

it('serves built pages by their clean address, and lets run only the inline scripts that were built', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyferry-help-'));
  writeFileSync(join(folder, 'index.html'), '<script src="/x.js"></script><script id="a">let a = 1</script>');
  writeFileSync(join(folder, 'quickstart.html'), 'quick');
  const answer = await ask(folder, '/help/quickstart');
  expect(await answer.text()).toBe('quick');
  // printf 'let a = 1' | openssl dgst -sha256 -binary | base64
  expect(answer.headers.get('content-security-policy')).toContain(
    "script-src 'self' 'sha256-LAfYd7pbFUgwfQu8b4q135PeTG2z+/coPEUYCd74eCQ='; style-src",
  );
  expect((await ask(folder, '/help/nothing')).status).toBe(404);
});
