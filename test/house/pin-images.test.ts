import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pin-images-'));
const [compose, dockerfile] = [join(folder, 'docker-compose.yml'), join(folder, 'Dockerfile')];

/** A registry that wants a token, and has a manifest for each name and tag. */
let registry: Server;
let url = '';
/** What it says the digest is; null: what it is. */
let lie: string | null = null;
const manifestOf = (path: string) => JSON.stringify({ schemaVersion: 2, path });
const digestOf = (path: string) => `sha256:${createHash('sha256').update(manifestOf(path)).digest('hex')}`;

beforeAll(async () => {
  copyFileSync(join(root, 'docker-compose.yml'), compose);
  copyFileSync(join(root, 'deploy/Dockerfile'), dockerfile);
  registry = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', url);
    if (pathname === '/token') response.end(JSON.stringify({ token: searchParams.get('scope') }));
    else if (
      request.headers.authorization !== `Bearer repository:${pathname.slice(4, pathname.indexOf('/manifests/'))}:pull`
    ) {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token",service="registry"` }).end();
    } else {
      const path = pathname.slice(4).replace('/manifests/', ':');
      response.setHeader('docker-content-digest', lie ?? digestOf(path)).end(manifestOf(path));
    }
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
});
afterAll(() => {
  registry.close();
  rmSync(folder, { recursive: true });
});

const run = (...more: string[]) =>
  new Promise<{ code: number; text: string }>((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'deploy/pin-images.mjs'), '--registry', url, ...more, compose, dockerfile],
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }),
    );
  });

it('writes the digest of every image that is pulled, and finds those that have none or another', async () => {
  expect((await run('--check')).code).toBe(1);
  lie = `sha256:${'0'.repeat(64)}`;
  const lied = await run();
  expect([lied.code, lied.text]).toEqual([1, expect.stringContaining('and sent sha256:')]);
  expect(readFileSync(compose, 'utf8')).not.toContain('@sha256:0');
  lie = null;
  expect((await run()).code).toBe(0);
  expect(await run('--check')).toEqual({ code: 0, text: expect.stringContaining('have their digests') });
  const [written, built] = [readFileSync(compose, 'utf8'), readFileSync(dockerfile, 'utf8')];
  for (const image of ['postgres:', 'valkey/valkey:'])
    expect(written).toMatch(new RegExp(`image: ${image}[\\w.-]+@sha256:`));
  expect(built.match(/^FROM node:[\w.-]+@sha256:[0-9a-f]{64}( AS build)?$/gm)).toHaveLength(2);
  expect(written).toContain('image: keyferry\n');
  const [, tag = ''] = /postgres:([\w.-]+)@/.exec(written) ?? [];
  expect(written).toContain(`postgres:${tag}@${digestOf(`library/postgres:${tag}`)}`);
});
