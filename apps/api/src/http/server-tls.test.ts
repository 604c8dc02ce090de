import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@keyferry/config';
import type { Log } from '@keyferry/log';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { selfSigned } from '../../../../test/servers/self-signed.ts';
import { createServer } from './create-server.ts';
import { openServerTls } from './server-tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyferry-tls-'));
const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
/** As a renewal does it: each file is replaced at once, one after the other. */
const put = ({ cert, key }: { cert: string; key: string }) => {
  for (const [file, text] of [
    [files.certFile, cert],
    [files.keyFile, key],
  ] as const) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
};

const logged: { level: string; fields: Record<string, unknown>; message: unknown }[] = [];
const at = (level: string) => (fields: unknown, message?: unknown) =>
  void logged.push({ level, fields: fields as Record<string, unknown>, message });
const log = { info: at('info'), error: at('error') } as unknown as Log;

let first: Awaited<ReturnType<typeof selfSigned>>;
let second: typeof first;
let server: Server;
let port: number;

beforeAll(async () => {
  [first, second] = await Promise.all([selfSigned(), selfSigned()]);
  put(first);
  const app = express().get('/', (_request, response) => void response.json('in'));
  server = createServer(app, openServerTls(files, log, 20)) as Server;
  await once(server.listen(0, 'localhost'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Asks over a connection of its own, by a client that trusts one certificate only. */
async function statusFor(ca: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const request = get({ host: 'localhost', port, ca, agent: false, headers });
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

describe('the API over TLS', () => {
  it('answers who trusts its certificate', async () => {
    expect(await statusFor(first.cert)).toBe(200);
    await expect(statusFor(second.cert)).rejects.toThrow(/self-signed certificate/);
  });

  it('speaks TLS 1.2 and newer', async () => {
    const shake = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
      const ciphers = 'DEFAULT@SECLEVEL=0';
      const options = { ca: first.cert, minVersion: version, maxVersion: version, ciphers };
      const socket = connect(port, 'localhost', options);
      await once(socket, 'secureConnect');
      socket.destroy();
      return socket.getProtocol();
    };
    await expect(shake('TLSv1.1')).rejects.toThrow(/protocol version/);
    await shake('TLSv1.2');
    await shake('TLSv1.3');
  });

  it('refuses headers of any length', async () => {
    expect(await statusFor(first.cert, { 'x-long': 'x'.repeat(15_000) })).toBe(200);
    expect(await statusFor(first.cert, { 'x-long': 'x'.repeat(17_000) })).toBe(431);
  });

  it('takes up a renewed certificate without a restart, and keeps it when the next cannot be used', async () => {
    put(second);
    await until(
      'it is served',
      () => statusFor(second.cert).catch(() => 0),
      (status) => status === 200,
    );
    await expect(statusFor(first.cert)).rejects.toThrow(/self-signed certificate/);
    expect(logged.at(-1)).toMatchObject({
      message: 'certificate renewed',
      fields: { expires: new X509Certificate(second.cert).validToDate.toISOString() },
    });

    put({ cert: first.cert, key: second.key });
    const errors = () => logged.filter(({ level }) => level === 'error').map(({ fields }) => String(fields.reason));
    await until('it is told', errors, (told) => told.some((text) => text.includes('does not belong to')));
    put({ cert: 'nothing', key: second.key });
    await until('it is told', errors, (told) => told.some((text) => text.includes('has no certificate')));
    expect(await statusFor(second.cert)).toBe(200);

    put(first);
    await until(
      'it is served',
      () => statusFor(first.cert).catch(() => 0),
      (status) => status === 200,
    );
    expect(new Set(errors()).size).toBe(errors().length);
    expect(JSON.stringify(logged)).not.toContain('PRIVATE KEY');
  });
});

describe('a certificate and a key that cannot be used at start', () => {
  const other = join(folder, 'other');
  const empty = join(folder, 'empty');
  beforeAll(() => {
    put(first);
    writeFileSync(other, second.key);
    writeFileSync(empty, '');
  });

  it.each([
    ['cannot be read', { certFile: '/nowhere.crt' }, /cannot read \/nowhere\.crt \(ENOENT\)/],
    ['hold no certificate', { certFile: empty }, /empty has no certificate in PEM/],
    ['hold no key', { keyFile: empty }, /empty has no private key in PEM/],
    ['do not belong together', { keyFile: other }, /other does not belong to the first certificate in/],
  ])('are refused by the names of their variables: they %s', (_what, given, message) => {
    const open = () => openServerTls({ ...files, ...given }, log);
    expect(open).toThrow(ConfigError);
    expect(open).toThrow(/^KEYFERRY_TLS_CERT_FILE, KEYFERRY_TLS_KEY_FILE: /);
    expect(open).toThrow(message);
  });

  it('end the process with 64, before it waits for anything', () => {
    const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('../main.ts', import.meta.url))], {
      env: {
        PATH: process.env.PATH,
        KEYFERRY_ADMIN_TOKEN: 'a-token-that-is-long-enough-for-it',
        DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nothing',
        KEYFERRY_TLS_CERT_FILE: files.certFile,
        KEYFERRY_TLS_KEY_FILE: other,
      },
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(stderr).toContain('does not belong to the first certificate');
    expect(status).toBe(64);
  });
});
