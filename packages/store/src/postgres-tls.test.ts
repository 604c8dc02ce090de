import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrivateServer, startPostgres } from '../../../test/servers/index.ts';
import { selfSigned } from '../../../test/servers/self-signed.ts';
import { openStore } from './store.ts';

let postgres: PrivateServer;
const folder = mkdtempSync(join(tmpdir(), 'keyferry-postgres-tls-'));
const root = join(folder, 'root.crt');
const [own, other] = await Promise.all([selfSigned(), selfSigned()]);

/** Puts TLS into the running server, wherever it runs: it writes the files itself. */
beforeAll(async () => {
  postgres = await startPostgres();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  for (const [name, text] of [
    ['server.crt', own.cert],
    ['server.key', own.key],
  ]) {
    const encoded = Buffer.from(text ?? '').toString('base64');
    await client.query(`COPY (SELECT '${encoded}') TO PROGRAM 'umask 077 && base64 -d > ${name}'`);
  }
  await client.query('ALTER SYSTEM SET ssl = on');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres?.stop();
});

/** Whether a store's connection is encrypted. */
async function encrypted(query: string, host = 'localhost'): Promise<boolean | undefined> {
  const url = new URL(postgres.url);
  url.hostname = host;
  url.search = query;
  const store = openStore({ url: url.href });
  try {
    const [row] = await store.prisma.$queryRaw<{ ssl: boolean }[]>`
      SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
    return row?.ssl;
  } finally {
    await store.close();
  }
}

test('sslmode=verify-full takes a server whose certificate a given CA signed for its name, and no other', async () => {
  writeFileSync(root, own.cert);
  expect(await encrypted(`?sslmode=verify-full&sslrootcert=${root}`)).toBe(true);
  expect(await encrypted('')).toBe(false);
  await expect(encrypted('?sslmode=verify-full')).rejects.toThrow(/self-signed certificate/);
  await expect(encrypted(`?sslmode=verify-full&sslrootcert=${root}`, '127.0.0.1')).rejects.toThrow(/altnames/);
  writeFileSync(root, other.cert);
  await expect(encrypted(`?sslmode=verify-full&sslrootcert=${root}`)).rejects.toThrow(/self-signed certificate/);
});
