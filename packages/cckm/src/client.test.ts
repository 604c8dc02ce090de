import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { selfSigned } from '../../../test/servers/self-signed.ts';
import { type CckmClient, type CckmClientOptions, CckmError, createCckmClient } from './index.ts';

/** A CipherTrust Manager of a few lines, as each test needs it. */
type Handler = (request: IncomingMessage & { text: string; path: string }, response: ServerResponse) => void;

const open: { server: Server; client: CckmClient }[] = [];
afterEach(async () => {
  for (const { server, client } of open.splice(0)) {
    await client.close();
    server.closeAllConnections();
    server.close();
  }
});

async function serve(handler: Handler, options: Partial<CckmClientOptions> = {}, tls?: TlsOptions) {
  const calls: { method: string; path: string; text: string; token: string | undefined }[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const path = (request.url ?? '').replace(/^\/api\/v1/, '');
      calls.push({ method: request.method ?? '', path, text, token: request.headers.authorization?.slice(7) });
      handler(Object.assign(request, { text, path }), response);
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createCckmClient({
    url: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    username: 'keyferry',
    password: 'p4ssw0rd',
    callTimeoutMs: 10_000,
    ...options,
  });
  open.push({ server, client });
  return { client, calls, logins: () => calls.filter(({ path }) => path === '/auth/tokens') };
}

const answer = (response: ServerResponse, status: number, body: unknown, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};
let serial = 0;
const login = (response: ServerResponse, duration = 300) => {
  serial += 1;
  answer(response, 200, { jwt: `eyJ.${serial}.x`, duration, refresh_token: `refresh-${serial}`, token_type: 'Bearer' });
};
const key = {
  id: 'k1',
  region: 'us-east-1',
  aws_param: { KeyId: 'mrk-1', Arn: 'arn:aws:kms:us-east-1:111122223333:key/mrk-1', MultiRegion: 'true' },
};
const unauthorized = { code: 1, codeDesc: 'NCERRUnauthorized: Unauthorized', message: 'expired' };
const block = { region: 'eu-west-1', block: {}, origin: 'AWS_KMS' };

async function failureOf(promise: Promise<unknown>): Promise<CckmError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CckmError)) throw new Error(`expected a CckmError, got ${String(error)}`);
  return error;
}

describe('the login', () => {
  it('is done once for all callers, with domain, auth domain and connection, and revokes itself when idle', async () => {
    const { client, logins } = await serve(
      ({ path }, response) => (path === '/auth/tokens' ? login(response) : answer(response, 200, key)),
      { domain: 'payments', authDomain: 'people', connection: 'ldap' },
    );
    await Promise.all(Array.from({ length: 30 }, () => client.getKey('k1')));
    expect(logins()).toHaveLength(1);
    expect(JSON.parse(logins()[0]?.text ?? '')).toEqual({
      grant_type: 'password',
      username: 'keyferry',
      password: 'p4ssw0rd',
      connection: 'ldap',
      domain: 'payments',
      auth_domain: 'people',
      refresh_token_revoke_unused_in: 30,
    });
  });

  it('sends a tenant path as such', async () => {
    const { client, logins } = await serve(
      ({ path }, response) => (path === '/auth/tokens' ? login(response) : answer(response, 200, key)),
      { authDomain: '/tenant/root' },
    );
    await client.getKey('k1');
    expect(JSON.parse(logins()[0]?.text ?? '')).toMatchObject({ auth_domain_path: '/tenant/root' });
  });

  it('is renewed once when fifty calls are refused at the same time, by the one refresh token there is', async () => {
    let valid = '';
    const { client, calls, logins } = await serve(({ path, headers }, response) => {
      if (path === '/auth/tokens') {
        login(response);
        valid = `eyJ.${serial}.x`;
      } else if (headers.authorization === `Bearer ${valid}`) answer(response, 200, key);
      else answer(response, 401, unauthorized);
    });
    await client.getKey('k1');
    valid = 'nobody';
    await Promise.all(Array.from({ length: 50 }, () => client.getKey('k1')));
    expect(logins()).toHaveLength(2);
    expect(JSON.parse(logins()[1]?.text ?? '')).toMatchObject({ grant_type: 'refresh_token' });
    expect(calls.filter(({ path }) => path !== '/auth/tokens').length).toBeLessThanOrEqual(1 + 100);
  });

  it('falls back to the password when the refresh token was revoked', async () => {
    let valid = '';
    const { client, logins } = await serve(({ path, text, headers }, response) => {
      if (path === '/auth/tokens') {
        if (text.includes('refresh_token"') && text.includes('"grant_type":"refresh_token"'))
          return answer(response, 401, unauthorized);
        login(response);
        valid = `eyJ.${serial}.x`;
      } else if (headers.authorization === `Bearer ${valid}`) answer(response, 200, key);
      else answer(response, 401, unauthorized);
    });
    await client.getKey('k1');
    valid = 'nobody';
    await client.getKey('k1');
    expect(logins().map(({ text }) => JSON.parse(text).grant_type)).toEqual(['password', 'refresh_token', 'password']);
  });

  it('is renewed before a token of one second ends', async () => {
    const { client, calls } = await serve(({ path }, response) =>
      path === '/auth/tokens' ? login(response, 1) : answer(response, 200, key),
    );
    const end = Date.now() + 2_500;
    while (Date.now() < end) await client.getKey('k1');
    const tokens = new Set(calls.map(({ token }) => token).filter(Boolean));
    expect(tokens.size).toBeGreaterThanOrEqual(3);
  });

  it('that is refused is told as such, and not hammered', async () => {
    const { client, logins } = await serve((_request, response) => answer(response, 401, unauthorized));
    const failures = await Promise.all(Array.from({ length: 20 }, () => failureOf(client.getKey('k1'))));
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['cckm_login_refused']));
    expect(failures.every(({ mayHaveLanded }) => !mayHaveLanded)).toBe(true);
    expect(logins()).toHaveLength(1);
    expect(failures[0]?.message).not.toContain('p4ssw0rd');
  });

  it('that is refused is reported as that, and tried again at growing intervals only', async () => {
    const reported: (string | null)[] = [];
    const { client, logins } = await serve((_request, response) => answer(response, 401, unauthorized), {
      onCall: ({ operation, error }) => operation === 'login' && reported.push(error),
    });
    const clock = vi.spyOn(performance, 'now');
    const began = Math.ceil(performance.now());
    try {
      const tries: number[] = [];
      for (let seconds = 0; seconds < 600; seconds += 1) {
        clock.mockReturnValue(began + seconds * 1_000);
        await failureOf(client.getKey('k1'));
        if (logins().length > tries.length) tries.push(seconds);
      }
      expect(tries).toEqual([0, 5, 15, 35, 75, 155, 275, 395, 515]);
      expect(reported).toEqual(tries.map(() => 'cckm_login_refused'));
    } finally {
      clock.mockRestore();
    }
  });

  it('that is refused is tried at once with a secret that has changed, and not with one that cannot be read', async () => {
    let password: string | null = 'wrong';
    const { client, logins } = await serve(
      ({ path, text }, response) => {
        if (path !== '/auth/tokens') return answer(response, 200, key);
        return text.includes('"right"') ? login(response) : answer(response, 401, unauthorized);
      },
      {
        rereadSecret: () => {
          if (password === null) throw new Error('ENOENT');
          return { password };
        },
      },
    );
    await failureOf(client.getKey('k1'));
    password = null;
    expect(client.hasNewSecret).toBe(false);
    await failureOf(client.getKey('k1'));
    expect(logins()).toHaveLength(1);
    password = 'right';
    expect(client.hasNewSecret).toBe(true);
    await client.getKey('k1');
    expect(logins()).toHaveLength(2);
    expect(client.hasNewSecret).toBe(false);
  });
});

it.each([403, 404, 413])('a page of a proxy (%d) is no refusal of the login', async (status) => {
  const { client } = await serve((_request, response) => void response.writeHead(status).end('<html>No</html>'));
  expect(await failureOf(client.getKey('k1'))).toMatchObject({ code: 'cckm_login_unavailable', mayHaveLanded: false });
});

describe('a call that changes something', () => {
  const replicating = (handler: Handler, options: Partial<CckmClientOptions> = {}) =>
    serve(
      (request, response) => (request.path === '/auth/tokens' ? login(response) : handler(request, response)),
      options,
    );
  const posts = (calls: { method: string; path: string }[]) =>
    calls.filter(({ path }) => path.endsWith('/replicate-key'));

  it('says replica_region and the block without what is empty', async () => {
    const { client, calls } = await replicating((_request, response) => answer(response, 201, key));
    const full = { aws_param: { Alias: 'dr/x', Policy: {}, Tags: [] }, key_users: [], policytemplate: 't' };
    await client.replicateKey('k1', { ...block, block: full });
    expect(JSON.parse(calls.at(-1)?.text ?? '')).toEqual({
      replica_region: 'eu-west-1',
      aws_param: { Origin: 'AWS_KMS', Alias: 'dr/x' },
      policytemplate: 't',
    });
  });

  it('is sent once more after a 401, which executes nothing, and no more than that', async () => {
    let refusals = 1;
    const once = await replicating((_request, response) => {
      refusals -= 1;
      return refusals >= 0 ? answer(response, 401, unauthorized) : answer(response, 201, key);
    });
    await once.client.replicateKey('k1', block);
    expect(posts(once.calls)).toHaveLength(2);
    const never = await replicating((_request, response) => answer(response, 401, unauthorized));
    const failure = await failureOf(never.client.replicateKey('k1', block));
    expect(failure).toMatchObject({ code: 'cckm_unauthorized', mayHaveLanded: false });
    expect(posts(never.calls)).toHaveLength(2);
  });

  it.each([
    ['a cut connection', (request: IncomingMessage) => void request.socket.destroy(), 'connection_lost'],
    ['no answer in time', () => undefined, 'call_timeout'],
    [
      'a page of a proxy',
      (_r: IncomingMessage, response: ServerResponse) => void response.writeHead(502).end('<html>Bad Gateway</html>'),
      'cckm_unavailable',
    ],
    [
      'a page of a proxy with a 4xx',
      (_r: IncomingMessage, response: ServerResponse) => void response.writeHead(403).end('<html>Forbidden</html>'),
      'unreadable_answer',
    ],
    [
      'no answer of AWS to CCKM',
      (_r: IncomingMessage, response: ServerResponse) =>
        answer(response, 400, {
          code: 15,
          codeDesc: 'NCERRBadRequest: Bad HTTP request',
          message: 'Error Replicating AWS Key : RequestError: send request failed caused by: EOF',
        }),
      'kms_unreachable',
    ],
    [
      'a refusal that names nothing',
      (_r: IncomingMessage, response: ServerResponse) =>
        answer(response, 400, { code: 15, codeDesc: 'NCERRBadRequest: Bad HTTP request', message: 'no' }),
      'unknown',
    ],
    [
      'HTML with a 200',
      (_r: IncomingMessage, response: ServerResponse) => void response.writeHead(200).end('<html>Welcome</html>'),
      'unreadable_answer',
    ],
    [
      'an empty 200',
      (_r: IncomingMessage, response: ServerResponse) => void response.writeHead(200).end(),
      'unreadable_answer',
    ],
    [
      'half an answer',
      (_r: IncomingMessage, response: ServerResponse) => void response.writeHead(201).end('{"id": "k2", "aws_'),
      'unreadable_answer',
    ],
  ])('is never repeated after %s, and may have landed', async (_what, handler, code) => {
    const impatient = code === 'call_timeout' ? { callTimeoutMs: 500 } : {};
    const { client, calls } = await replicating(handler as Handler, impatient);
    const failure = await failureOf(client.replicateKey('k1', block));
    expect(failure).toMatchObject({ code, mayHaveLanded: true });
    expect(posts(calls)).toHaveLength(1);
  });

  it('has not landed when it was refused, and says how long to wait', async () => {
    const message =
      'Error Replicating AWS Key : ThrottlingException: You have exceeded the rate at which you may call KMS.';
    const { client } = await replicating((_request, response) =>
      answer(
        response,
        400,
        { code: 15, codeDesc: 'NCERRBadRequest: Bad HTTP request', message },
        { 'retry-after': '3' },
      ),
    );
    expect(await failureOf(client.replicateKey('k1', block))).toMatchObject({
      code: 'throttled',
      providerCode: 'ThrottlingException',
      httpStatus: 400,
      retryAfterMs: 3000,
      mayHaveLanded: false,
    });
  });

  it('is a failure when a 2xx holds a codeDesc', async () => {
    const { client } = await replicating((_request, response) =>
      answer(response, 200, { codeDesc: 'NCERRBadRequest: x', message: 'X : DisabledException: no' }),
    );
    expect((await failureOf(client.replicateKey('k1', block))).code).toBe('key_disabled');
  });

  it('is not sent after its time, not even when a login or a repeat took so long', async () => {
    const { client, calls } = await serve(({ path }, response) => {
      if (path === '/auth/tokens') setTimeout(() => login(response), 150);
      else answer(response, 201, key);
    });
    const failure = await failureOf(client.replicateKey('k1', block, { sendBefore: Date.now() + 50 }));
    expect(failure).toMatchObject({ code: 'not_sent', mayHaveLanded: false });
    expect(posts(calls)).toHaveLength(0);
  });

  it('has certainly not landed when nobody listens', async () => {
    const client = createCckmClient({ url: 'http://127.0.0.1:9', username: 'a', password: 'b' });
    expect(await failureOf(client.replicateKey('k1', block))).toMatchObject({
      code: 'connection_refused',
      mayHaveLanded: false,
    });
    await client.close();
  });
});

describe('reading', () => {
  const listing = (handler: Handler) =>
    serve((request, response) => (request.path === '/auth/tokens' ? login(response) : handler(request, response)));
  const make = (i: number, extra = {}) => ({
    id: `k${i}`,
    region: 'eu-west-1',
    aws_param: { KeyID: 'mrk-1', ...extra },
  });

  it('is repeated over short faults', async () => {
    let faults = 2;
    const { client } = await listing((request, response) => {
      faults -= 1;
      return faults >= 0 ? void request.socket.destroy() : answer(response, 200, key);
    });
    expect((await client.getKey('k1')).value.id).toBe('k1');
  });

  it('is repeated over an error of CCKM itself, which changes nothing', async () => {
    let faults = 2;
    const { client } = await listing((_request, response) => {
      faults -= 1;
      return faults >= 0 ? answer(response, 500, { message: 'internal' }) : answer(response, 200, key);
    });
    expect((await client.getKey('k1')).value.id).toBe('k1');
  });

  it('takes a key whatever is missing from it', async () => {
    const { client } = await listing((_request, response) => answer(response, 200, { id: 'bare' }));
    expect((await client.getKey('bare')).value).toMatchObject({
      id: 'bare',
      keyId: null,
      aliases: [],
      multiRegion: false,
      gone: false,
    });
  });

  it('takes either case of the key id, an alias that is no list, and booleans that are text', async () => {
    const odd = { ...key, aws_param: { ...key.aws_param, Alias: 'alias/x' } };
    const { client } = await listing((_request, response) => answer(response, 200, odd));
    expect((await client.getKey('k1')).value).toMatchObject({
      keyId: 'mrk-1',
      aliases: ['alias/x'],
      multiRegion: true,
      account: '111122223333',
    });
  });

  it.each([
    ['honours skip and limit', (all: unknown[], skip: number, limit: number) => all.slice(skip, skip + limit)],
    ['gives fewer than asked for', (all: unknown[], skip: number) => all.slice(skip, skip + 3)],
    ['gives everything at once', (all: unknown[]) => all],
  ])('ends, and misses and repeats nothing, with a server that %s', async (_what, page) => {
    const all = Array.from({ length: 25 }, (_, i) => make(i));
    const { client } = await listing(({ path }, response) => {
      const query = new URL(path, 'http://x').searchParams;
      const resources = page(all, Number(query.get('skip')), Number(query.get('limit')));
      answer(response, 200, { skip: 0, limit: 10, total: all.length, resources });
    });
    const ids: string[] = [];
    for await (const { value } of client.eachKeyPage({ region: 'eu-west-1' }, { pageSize: 10 }))
      ids.push(...value.map(({ id }) => id));
    expect(ids).toEqual(all.map(({ id }) => id));
  });

  it('does not believe a server that ignores its filters', async () => {
    const stranger = make(1, { KeyID: 'mrk-other' });
    const elsewhere = { ...make(2), region: 'us-west-2' };
    const { client } = await listing((_request, response) =>
      answer(response, 200, { total: 3, resources: [stranger, elsewhere, make(3)] }),
    );
    expect((await client.findMembers('mrk-1', { region: 'eu-west-1' })).value.map(({ id }) => id)).toEqual(['k3']);
  });

  it('finds an alias whichever way the filter wants it, and only who really carries it', async () => {
    for (const wanted of ['alias/x', 'x']) {
      const { client } = await listing(({ path }, response) => {
        const asked = new URL(path, 'http://x').searchParams.get('alias');
        const resources = [make(1, { Alias: ['alias/xy'] }), make(2, { Alias: ['alias/x', 'alias/z'] })];
        answer(response, 200, asked === wanted ? { total: 2, resources } : { total: 0, resources: [] });
      });
      expect((await client.findByAlias('alias/x')).value.map(({ id }) => id)).toEqual(['k2']);
      expect((await client.findByAlias('alias/x', { region: 'us-west-2' })).value).toEqual([]);
    }
  });

  it('counts the keys of a container in a Region, unless the server ignores that filter', async () => {
    const { client } = await listing((_request, response) =>
      answer(response, 200, { total: 4711, resources: [{ ...make(1), kms_id: 'kms' }] }),
    );
    expect((await client.countKeys({ kmsId: 'kms', region: 'eu-west-1' })).value).toBe(4711);
    expect((await client.countKeys({ kmsId: 'kms', region: 'us-west-2' })).value).toBeNull();
    expect((await client.countKeys({ kmsId: 'other', region: 'eu-west-1' })).value).toBeNull();
  });

  it('reads a policy that is an object or text, and the lists that are not empty', async () => {
    const Policy = { Version: '2012-10-17', Statement: [] };
    for (const given of [Policy, JSON.stringify(Policy)]) {
      const { client } = await listing((_request, response) =>
        answer(response, 200, { ...make(1, { Policy: given, Description: 'd' }), key_users: ['u'], key_admins: [] }),
      );
      expect((await client.getKey('k1')).value).toMatchObject({
        policy: Policy,
        description: 'd',
        principals: { key_users: ['u'] },
      });
    }
  });

  it('tells a key that is not there from a proxy that says 404', async () => {
    const envelope = { code: 16, codeDesc: 'NCERRResourceNotFound: Resource not found' };
    const there = await listing((_request, response) => answer(response, 404, envelope));
    expect((await there.client.findById('k1')).value).toBeNull();
    const proxy = await listing((_request, response) => void response.writeHead(404).end('<html>Not Found</html>'));
    expect((await failureOf(proxy.client.findById('k1'))).code).toBe('unreadable_answer');
  });
});

describe('the connection', () => {
  it('is verified: an unknown certificate is refused, before anything is sent', async () => {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' });
    const tls = { key: pems.private, cert: pems.cert };
    const { client, calls } = await serve((_request, response) => login(response), {}, tls);
    expect(await failureOf(client.getKey('k1'))).toMatchObject({ code: 'connection_refused', mayHaveLanded: false });
    expect(calls).toHaveLength(0);
  });

  it('trusts a CA that was given', async () => {
    const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'localhost' }] }];
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256', extensions });
    const tls = { key: pems.private, cert: pems.cert };
    const { client } = await serve(
      ({ path }, response) => (path === '/auth/tokens' ? login(response) : answer(response, 200, key)),
      { ca: pems.cert },
      tls,
    );
    expect((await client.getKey('k1')).value.id).toBe('k1');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'shows its certificate to a server that asks for one (%s)',
    async (maxVersion) => {
      const [own, other] = await Promise.all([selfSigned(), selfSigned()]);
      const asking = { ...own, ca: own.cert, requestCert: true, rejectUnauthorized: true, maxVersion };
      const talk = (clientKeyPair?: { cert: string; key: string }) =>
        serve(
          ({ path }, response) => (path === '/auth/tokens' ? login(response) : answer(response, 200, key)),
          { ca: own.cert, ...(clientKeyPair ? { clientKeyPair } : {}) },
          asking,
        );
      expect((await (await talk(own)).client.getKey('k1')).value.id).toBe('k1');
      for (const clientKeyPair of [undefined, other]) {
        const { client, calls } = await talk(clientKeyPair);
        const failure = await failureOf(client.replicateKey('k1', block));
        // TLS 1.3 says so only when the client counts its handshake as done.
        const code = maxVersion === 'TLSv1.2' ? 'connection_refused' : 'cckm_login_unavailable';
        expect(failure).toMatchObject({ code, mayHaveLanded: false });
        expect(inspect(failure, { depth: 9 })).not.toContain('PRIVATE KEY');
        expect(calls).toHaveLength(0);
      }
    },
  );

  it('is https, or http to this machine; the address may end in /api or /api/v1', async () => {
    expect(() => createCckmClient({ url: 'http://cm.example.com' })).toThrow(/CCKM_URL must be https/);
    expect(() => createCckmClient({ url: 'https://user:pass@cm.example.com' })).toThrow(/must not contain/);
    const { client, calls } = await serve(({ path }, response) =>
      path === '/auth/tokens' ? login(response) : answer(response, 200, key),
    );
    await client.getKey('k1');
    expect(calls.at(-1)?.path).toBe('/cckm/aws/keys/k1');
  });
});

describe('a promotion', () => {
  const served = (status: number, body: unknown = {}) =>
    serve(({ path }, response) => (path === '/auth/tokens' ? login(response) : answer(response, status, body)));

  it('names the Region as CCKM spells it, and is taken by any 2xx', async () => {
    const { client, calls } = await served(202);
    await expect(client.updatePrimaryRegion('k/1', 'us-west-2')).resolves.toMatchObject({ httpStatus: 202 });
    expect(calls.at(-1)).toMatchObject({
      method: 'POST',
      path: '/cckm/aws/keys/k%2F1/update-primary-region',
      text: '{"PrimaryRegion":"us-west-2"}',
    });
  });

  it('says whether it may have landed', async () => {
    const refused = { codeDesc: 'NCERRBadRequest', message: 'x : DisabledException: disabled' };
    const { client } = await served(400, refused);
    expect(await failureOf(client.updatePrimaryRegion('k1', 'us-west-2'))).toMatchObject({
      code: 'key_disabled',
      mayHaveLanded: false,
    });
    const lost = await serve(({ path }, response) => (path === '/auth/tokens' ? login(response) : response.destroy()));
    expect(await failureOf(lost.client.updatePrimaryRegion('k1', 'us-west-2'))).toMatchObject({ mayHaveLanded: true });
    expect(lost.calls.filter(({ path }) => path.endsWith('update-primary-region'))).toHaveLength(1);
  });
});

describe('a refresh', () => {
  const refreshes = (calls: readonly { path: string }[]) =>
    calls.filter(({ path }) => path.endsWith('/refresh')).length;

  it('is asked for once where CCKM offers none, and each time where it does', async () => {
    for (const [status, offered, sent] of [
      [200, true, 2],
      [404, false, 1],
      [405, false, 1],
    ] as const) {
      const { client, calls } = await serve(({ path }, response) =>
        path === '/auth/tokens' ? login(response) : answer(response, status, {}),
      );
      expect([await client.refreshKey('k1'), await client.refreshKey('k2')]).toEqual([offered, offered]);
      expect(refreshes(calls)).toBe(sent);
    }
  });

  it('that fails otherwise says so, and may be asked for again', async () => {
    const { client, calls } = await serve(({ path }, response) =>
      path === '/auth/tokens' ? login(response) : answer(response, 500, { codeDesc: 'NCERRInternalServerError' }),
    );
    for (let n = 0; n < 2; n += 1) expect(await failureOf(client.refreshKey('k1'))).toMatchObject({ httpStatus: 500 });
    expect(refreshes(calls)).toBe(2);
  });
});

describe('an answer with what cannot be stored', () => {
  const served = (answering: (response: ServerResponse) => void, tokens = login) =>
    serve(({ path }, response) => (path === '/auth/tokens' ? tokens(response) : answering(response)));
  const odd = 'a\0b\ud800c😀';
  const clean = 'a\ufffdb\ufffdc😀';

  it('is made storable in every string and every name of a field', async () => {
    const aws_param = {
      ...key.aws_param,
      Description: odd,
      Alias: [`alias/${odd}`],
      Tags: [{ TagKey: odd, TagValue: odd }],
      Policy: { [odd]: [odd] },
    };
    const { client } = await served((response) => answer(response, 200, { ...key, key_users: [odd], aws_param }));
    const { value } = await client.getKey('k1');
    expect(value).toMatchObject({
      description: clean,
      aliases: [`alias/${clean}`],
      tags: [{ key: clean, value: clean }],
      policy: { [clean]: [clean] },
      principals: { key_users: [clean] },
    });
  });

  it('is made storable in errors, their codes and their ids', async () => {
    const body = {
      codeDesc: `NCERRBadRequest${odd}: x`,
      message: `${odd} : DisabledException: ${odd}`,
      requestID: odd,
    };
    const { client } = await served((response) => answer(response, 400, body));
    const failure = await failureOf(client.replicateKey('k1', block));
    expect(failure).toMatchObject({ code: 'key_disabled', requestId: clean, mayHaveLanded: false });
    expect(failure.message).toBe(`${clean} : DisabledException: ${clean}`);
    const long = await served((response) =>
      answer(response, 400, { codeDesc: `${'😀'.repeat(500)}`, message: `x${'😀'.repeat(5_000)}` }),
    );
    const cut = await failureOf(long.client.replicateKey('k1', block));
    for (const text of [cut.message, cut.providerCode ?? '']) {
      expect(text.isWellFormed()).toBe(true);
      expect(text.length).toBeLessThanOrEqual(500);
    }
  });

  it.each([
    ['gzip', gzipSync, true],
    ['x-gzip', gzipSync, true],
    ['br', brotliCompressSync, true],
    ['deflate', deflateSync, true],
    ['deflate', deflateRawSync, true],
    ['zstd', zstdCompressSync, true],
    ['gzip', gzipSync, false],
    ['deflate', deflateSync, false],
    ['zstd', zstdCompressSync, false],
  ] as const)('that is compressed is read: %s', async (encoding, compress, declared) => {
    const headers = declared ? { 'content-encoding': encoding } : {};
    const good = await served((response) =>
      response.writeHead(200, headers).end(compress(Buffer.from(JSON.stringify(key)))),
    );
    expect((await good.client.getKey('k1')).value.id).toBe('k1');
    const page = '<html><style>body { color: red }</style><h1>503 from a proxy</h1></html>';
    const bad = await served((response) => response.writeHead(503, headers).end(compress(Buffer.from(page))));
    const failure = await failureOf(bad.client.replicateKey('k1', block));
    expect(failure).toMatchObject({ code: 'cckm_unavailable', message: '503 from a proxy' });
  });

  it('that is no text is shown as a placeholder', async () => {
    const bytes = Buffer.from(Array.from({ length: 2_000 }, (_, at) => (at * 131 + 7) % 256));
    for (const headers of [{}, { 'content-encoding': 'gzip' }, { 'content-encoding': 'unknown' }]) {
      const { client } = await served((response) => response.writeHead(502, headers).end(bytes));
      const failure = await failureOf(client.replicateKey('k1', block));
      expect(failure).toMatchObject({ code: 'cckm_unavailable', message: '[binary data, 2,000 bytes]' });
    }
  });

  it('that is longer than 64 MiB, as sent or decompressed, is not read to its end', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    let sent = 0;
    const endless = await served((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    const failure = await failureOf(endless.client.replicateKey('k1', block));
    expect(failure).toMatchObject({ code: 'unreadable_answer', mayHaveLanded: true });
    expect(failure.message).toMatch(/more than 64 MiB/);
    expect(sent).toBeLessThan(80 * 1024 * 1024);
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, 0x20));
    const small = await served((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    expect((await failureOf(small.client.replicateKey('k1', block))).message).toMatch(/more than 64 MiB/);
  });

  it('that is a token which no header can carry is a failed login, and nothing is called', async () => {
    const { client, calls } = await served(
      (response) => answer(response, 200, key),
      (response) => answer(response, 200, { jwt: 'eyJ\0.x', duration: 300 }),
    );
    const failure = await failureOf(client.replicateKey('k1', block));
    expect(failure).toMatchObject({ code: 'cckm_login_unavailable', mayHaveLanded: false });
    expect(calls.every(({ path }) => path === '/auth/tokens')).toBe(true);
  });
});
