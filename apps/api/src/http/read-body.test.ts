import { request as send } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 60_000);
afterAll(() => api?.stop());

const MiB = 2 ** 20;
const spec = { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] };

/** An answer to a body as it is, also with a GET, which fetch refuses to send. */
async function ask(
  method: string,
  path: string,
  body: Buffer,
  headers: Record<string, string> = {},
  token = adminToken,
) {
  const { hostname, port } = new URL(api.url);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; detail: string }>();
  const request = send({
    ...{ hostname, port, method, path },
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(headers['transfer-encoding'] ? {} : { 'content-length': body.length }),
      ...headers,
    },
  });
  request.on('response', async (response) => {
    const text = (await Array.fromAsync(response)).join('');
    const { detail = '' } = text === '' ? {} : JSON.parse(text);
    resolve({ status: response.statusCode ?? 0, detail });
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}
const compressed = { 'content-encoding': 'gzip' };
const large = gzipSync(JSON.stringify({ ...spec, name: 'x'.repeat(31 * MiB) }));

describe('a body', () => {
  it('of an operation without a body is not read, and refused if it is large', async () => {
    const refused = { status: 413, detail: 'GET /v1/plans takes no body. Remove it.' };
    expect(await ask('GET', '/v1/plans', large, compressed)).toMatchObject(refused);
    expect(await ask('GET', '/v1/plans', Buffer.alloc(2 * MiB, ' '))).toMatchObject(refused);
    expect(await ask('GET', '/v1/plans', Buffer.from('not JSON'))).toMatchObject({ status: 200 });
  });

  it('is not read from a caller who may not send it', async () => {
    const broken = Buffer.from('{');
    expect(await ask('POST', '/v1/plans', broken, {}, 'of-nobody')).toMatchObject({ status: 401 });
    const { token } = (await api.ask(adminToken, 'POST', '/v1/tokens', { name: 'sees', role: 'viewer' })).json;
    expect(await ask('POST', '/v1/plans', broken, {}, token)).toMatchObject({ status: 403 });
    expect(await ask('POST', '/v1/plans', broken)).toMatchObject({ status: 400 });
  });

  it('that was compressed is inflated to twenty times its length, and no further', async () => {
    const refused = {
      status: 413,
      detail: expect.stringMatching(/^The JSON body of POST \/v1\/plans is limited to [\d,]+ bytes/),
    };
    expect(await ask('POST', '/v1/plans', large, compressed)).toMatchObject(refused);
    const small = gzipSync(JSON.stringify(spec));
    expect(await ask('POST', '/v1/plans', small, compressed)).toMatchObject({ status: 202 });
    expect(await ask('POST', '/v1/plans', small, { ...compressed, 'transfer-encoding': 'chunked' })).toMatchObject({
      status: 411,
    });
  });

  it('has the limit of its operation', async () => {
    const body = Buffer.from(JSON.stringify({ comment: 'x'.repeat(MiB) }));
    expect(await ask('PATCH', '/v1/plans/0', body)).toMatchObject({ status: 413 });
    expect(
      (await ask('POST', '/v1/plans', Buffer.from(JSON.stringify({ ...spec, name: 'x'.repeat(MiB) })))).status,
    ).toBe(422);
  });

  it('of another type is refused where only JSON is taken', async () => {
    const type = { 'content-type': 'text/csv' };
    expect(await ask('PUT', '/v1/region-groups/eu', Buffer.from('a,b'), type)).toMatchObject({ status: 415 });
    expect(await ask('POST', '/v1/plans', Buffer.from('a'), { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
  });

  it('that is large is checked as a small one is', async () => {
    const keys = Array.from({ length: 10_000 }, (_, n) => `mrk-${String(n).padStart(32, '0')}`);
    const post = (body: string, headers = {}) => ask('POST', '/v1/plans', Buffer.from(body), headers);
    const once = { 'idempotency-key': 'large' };
    expect(await post(JSON.stringify({ ...spec, keys }), once)).toMatchObject({ status: 202 });
    expect(await post(JSON.stringify({ ...spec, keys }), once)).toMatchObject({ status: 200 });
    expect(await post(JSON.stringify({ ...spec, keys: keys.slice(1) }), once)).toMatchObject({ status: 409 });
    const wrong = Array.from({ length: 20_000 }, (_, n) => `eu-wset-${n}`);
    const refused = await api.ask(adminToken, 'POST', '/v1/plans', { ...spec, keys, regions: wrong });
    const small = await api.ask(adminToken, 'POST', '/v1/plans', { ...spec, regions: wrong.slice(0, 200) });
    expect(refused.status).toBe(422);
    expect(refused.json.errors).toEqual(small.json.errors);
    expect(await post(`[${JSON.stringify(keys)}`)).toEqual({
      status: 400,
      detail: expect.stringMatching(/^The body is not JSON: /),
    });
    const latin = { 'content-type': 'application/json; charset=latin1' };
    expect(await post(JSON.stringify(spec), latin)).toMatchObject({ status: 415 });
  });
});
