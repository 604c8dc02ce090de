import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Log } from '@keyferry/log';
import pg from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { dataDirectoryOf } from './embedded-postgres-server.ts';

const soon = { timeout: 15_000, interval: 50 };
const log: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

test('processes that start at the same moment share one server, and the last to leave stops it', async () => {
  const directory = await newDirectory();
  const users = await Promise.all([newProcess(directory), newProcess(directory), newProcess(directory)]);
  const urls = new Set(users.map(({ url }) => url));
  expect(urls.size).toBe(1);
  const [url = ''] = urls;
  expect(new URL(url).hostname).toBe('127.0.0.1');
  expect((await stat(join(directory, 'server.json'))).mode & 0o777).toBe(0o600);
  for (const user of users.slice(1)) {
    await user.release();
    expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }
  await users[0]?.release();
  await expect(ask(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

test('a kill -9 of the process that started the server does not take it from the others', async () => {
  const directory = await newDirectory();
  const starter = await newProcess(directory);
  const other = await newProcess(directory);
  const before = await postmaster(other.url, directory);
  await starter.kill();
  expect(await postmaster(other.url, directory)).toBe(before);
  await other.release();
  await expect(ask(other.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

test('after a kill -9 of everything the next start finds the data', async () => {
  const directory = await newDirectory();
  const first = await newProcess(directory);
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const server = await postmaster(first.url, directory);
  await first.kill();
  process.kill(server, 'SIGKILL');
  const next = await start(directory);
  expect(next.url).toBe(first.url);
  expect(await ask(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

test('a server that outlived its users is used again', async () => {
  const directory = await newDirectory();
  const first = await newProcess(directory);
  const server = await postmaster(first.url, directory);
  await first.kill();
  const next = await start(directory);
  expect(await postmaster(next.url, directory)).toBe(server);
});

test('what a killed start left behind is cleared away', async () => {
  const directory = await newDirectory();
  await (await start(directory)).release();
  await writeFile(join(directory, 'lock'), '999999 left behind');
  // The process id in it has been given to somebody else since: to us.
  await writeFile(join(directory, 'data', 'postmaster.pid'), `${process.pid}\n${directory}/data\n1700000000\n5432\n`);
  const { url } = await start(directory);
  expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a port that somebody else has taken since is given up', async () => {
  const directory = await newDirectory();
  const first = await start(directory);
  await first.release();
  const stranger = await start(await newDirectory());
  const settings = JSON.parse(await readFile(join(directory, 'server.json'), 'utf8'));
  await writeFile(
    join(directory, 'server.json'),
    JSON.stringify({ ...settings, port: Number(new URL(stranger.url).port) }),
  );
  const { url } = await start(directory);
  expect(url).not.toBe(first.url);
  expect(await dataDirectoryOf(url)).toBe(join(directory, 'data'));
});

test('should the server die, those who use it bring it back at the same address', async () => {
  const directory = await newDirectory();
  const users = [await newProcess(directory), await newProcess(directory)];
  const url = users[0]?.url ?? '';
  process.kill(await postmaster(url, directory), 'SIGKILL');
  await vi.waitFor(async () => expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]), soon);
  for (const user of users) await user.release();
  await expect(ask(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

test.runIf(process.getuid?.() === 0)('root may work in a folder that is closed to everybody else', async () => {
  const directory = await newDirectory(0o700);
  const { url } = await start(directory);
  const home = await dataDirectoryOf(url);
  undo.unshift(() => rm(join(home, '..'), { recursive: true, force: true }));
  expect(home).not.toContain(directory);
  expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

async function newDirectory(mode = 0o755): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'keyferry-embedded-'));
  await chmod(parent, mode);
  undo.push(() => rm(parent, { recursive: true, force: true }));
  return join(parent, 'postgres');
}

async function start(directory: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, log });
  undo.push(() => server.release());
  return server;
}

const program = `
  const { startEmbeddedPostgres } = await import(process.argv[1]);
  const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const server = await startEmbeddedPostgres({ directory: process.argv[2], log });
  console.log(server.url);
  process.stdin.once('data', async () => {
    await server.release();
    process.exit(0);
  });
`;

/** A process of its own that uses the server. */
async function newProcess(directory: string) {
  const module = new URL('./embedded-postgres.ts', import.meta.url).href;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', program, module, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo.push(() => child.kill('SIGKILL'));
  if (!child.stdout) throw new Error('no stdout');
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  const end = async (how: () => void) => {
    const ended = once(child, 'exit');
    how();
    return ended;
  };
  return {
    url,
    release: async () => expect(await end(() => child.stdin?.write('release\n'))).toEqual([0, null]),
    kill: () => end(() => child.kill('SIGKILL')),
  };
}

async function postmaster(url: string, directory: string): Promise<number> {
  await ask(url, 'SELECT 1');
  return Number((await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
