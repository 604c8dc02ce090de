import { once } from 'node:events';
import { chmodSync, mkdtempSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCliHere } from '../../../../test/harness/run-cli-here.ts';

interface Api {
  readonly url: string;
  readonly seen: (string | undefined)[];
}
const servers: Server[] = [];
let home: string;
let [prod, test]: Api[] = [];
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'keyferry-contexts-'));
  [prod, test] = await Promise.all([startApi('of-prod'), startApi('of-test')]);
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Takes one token, and keeps what it was sent. */
async function startApi(token: string): Promise<Api> {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const sent = request.headers.authorization;
    seen.push(sent);
    const status = sent === `Bearer ${token}` ? 200 : 401;
    const refused = { title: 'No', status, detail: 'No valid token.', request_id: 'r-1' };
    const me = { caller: 'anna', role: 'operator', items: [], next_cursor: null };
    response.writeHead(status).end(JSON.stringify(status === 200 ? me : refused));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const run = (args: string[], env: Record<string, string> = {}) => runCliHere(args, { XDG_CONFIG_HOME: home, ...env });
const login = (api: Api | undefined, name: string, token: string) =>
  run(['login', '--url', api?.url ?? '', '--name', name], { KEYFERRY_TOKEN: token });

describe('keyferry login', () => {
  it('stores address and token where no other user can read them, and commands use them', async () => {
    const { code, out } = await login(prod, 'prod', 'of-prod');
    expect([code, out]).toEqual([0, `Logged in to ${prod?.url} as anna (operator).\n`]);
    const file = join(home, 'keyferry', 'contexts.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'keyferry')).mode & 0o777).toBe(0o700);
    expect(await run(['plan', 'list'])).toMatchObject({ code: 0, out: expect.stringContaining('No plans yet') });
    const listed = await run(['context', 'list', '-o', 'json']);
    expect(JSON.parse(listed.out)).toEqual([{ name: 'prod', url: prod?.url, current: true }]);
  });

  it('keeps no token that the server refuses', async () => {
    expect(await login(prod, 'prod', 'of-test')).toMatchObject({ code: 77 });
    expect((await run(['context', 'list', '-q'])).out).toBe('');
  });

  it('refuses a file that others may read', async () => {
    await login(prod, 'prod', 'of-prod');
    const file = join(home, 'keyferry', 'contexts.json');
    chmodSync(file, 0o640);
    expect(await run(['plan', 'list'])).toMatchObject({ code: 64, err: expect.stringContaining(`chmod 600 ${file}`) });
  });
});

describe('the token of a context', () => {
  it('is sent only to its own server, for any address', async () => {
    await login(prod, 'prod', 'of-prod');
    const other = test?.url ?? '';
    for (const [args, env] of [
      [['--url', other, 'plan', 'list'], {}],
      [['plan', 'list'], { KEYFERRY_URL: other }],
      [['--context', 'prod', '--url', other, 'plan', 'list'], {}],
    ] as const) {
      expect(await run([...args], env)).toMatchObject({ code: 77, out: '' });
    }
    expect(test?.seen).toEqual([]);
  });

  it('gives way to that of the environment, unless the context is named on the command line', async () => {
    await login(prod, 'prod', 'of-prod');
    await login(test, 'test', 'of-test');
    expect(await run(['plan', 'list'], { KEYFERRY_TOKEN: 'of-prod' })).toMatchObject({ code: 77 });
    expect(await run(['plan', 'list'], { KEYFERRY_TOKEN: 'of-prod', KEYFERRY_URL: prod?.url ?? '' })).toMatchObject({
      code: 0,
    });
    const named = await run(['--context', 'prod', 'plan', 'list'], {
      KEYFERRY_TOKEN: 'other',
      KEYFERRY_URL: test?.url ?? '',
    });
    expect(named.code).toBe(0);
  });
});

describe('keyferry context', () => {
  it('chooses between servers, for one command or from now on, and logout forgets one', async () => {
    await login(prod, 'prod', 'of-prod');
    await login(test, 'test', 'of-test');
    const asked = () => [prod?.seen.splice(0).length, test?.seen.splice(0).length];
    asked();
    await run(['plan', 'list']);
    await run(['plan', 'list'], { KEYFERRY_CONTEXT: 'prod' });
    expect(asked()).toEqual([1, 1]);
    expect(await run(['context', 'use', 'prod'])).toMatchObject({ code: 0 });
    await run(['plan', 'list']);
    expect(asked()).toEqual([1, 0]);
    expect(await run(['logout'])).toMatchObject({ code: 0, out: expect.stringContaining('Forgot prod.') });
    expect((await run(['context', 'list', '-o', 'name'])).out).toBe('test\n');
    expect(await run(['--context', 'prod', 'plan', 'list'])).toMatchObject({
      code: 64,
      err: 'keyferry: No context is named "prod". Known: test. Add one: keyferry login\n',
    });
  });
});
