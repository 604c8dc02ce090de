import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteServerOfToken, readQuickstartToken } from '@keyferry/config/quickstart-token';
import { expect, it } from 'vitest';
import { foundToken } from './found-token.ts';

/** A folder as a quickstart leaves it. */
function left(address: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyferry-found-'));
  writeFileSync(join(folder, 'admin-token'), 'of-the-quickstart\n');
  if (address !== null) noteServerOfToken(folder, address);
  return folder;
}
const find = (url: string, folder: string, adminToken: string | null = null) =>
  foundToken(url, { adminToken, adminServer: 'https://keyferry.example.com', folder });

it('is sent to the server that it was issued for', () => {
  const folder = left('http://127.0.0.1:4400');
  expect(find('http://127.0.0.1:4400', folder)).toBe('of-the-quickstart');
  expect(find('http://127.0.0.1:4400/', folder)).toBe('of-the-quickstart');
  expect(find('https://keyferry.example.com:443/', folder, 'of-the-environment')).toBe('of-the-environment');
  expect(find('http://127.0.0.1:4400', folder, 'of-the-environment')).toBe('of-the-quickstart');
  expect(statSync(join(folder, 'admin-token-server')).mode & 0o777).toBe(0o600);
});

it.each([
  'https://127.0.0.1:4400',
  'http://127.0.0.1:4401',
  'http://127.0.0.1',
  'http://evil.example:4400',
  'nonsense',
])('is not sent to another: %s', (url) => {
  const folder = left('http://127.0.0.1:4400');
  expect(() => find(url, folder)).toThrow(
    `is for http://127.0.0.1:4400, and is not sent to ${url}. Set KEYFERRY_TOKEN`,
  );
  expect(() => find(url, folder)).not.toThrow(/of-the-quickstart/);
  expect(() => find(url, folder, 'of-the-environment')).toThrow(/KEYFERRY_ADMIN_TOKEN is for https:\/\/keyferry\.ex/);
});

it('is not sent anywhere when nobody noted its server', () => {
  expect(() => find('http://127.0.0.1:4400', left(null))).toThrow(
    /its server is unknown\. Start the quickstart again, or set/,
  );
});

it('is none where there was no quickstart, and of this machine where that listens everywhere', () => {
  expect(find('http://127.0.0.1:4400', mkdtempSync(join(tmpdir(), 'keyferry-found-')))).toBeNull();
  expect(readQuickstartToken(left('http://0.0.0.0:4400'))?.server).toBe('http://127.0.0.1:4400');
});
