import { createHash, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { PlanView, ProblemDocument } from '@keyferry/core';
import { eachManifestKeyPage, type Store, writeRegionGroup } from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { until } from '../../../../test/harness/until.ts';

const mrk = (i: number) => `mrk-${i.toString(16).padStart(32, '0')}`;

let api: TestApi;
let store: Store;
let url: string;
beforeAll(async () => {
  api = await startForTest();
  store = api.store;
  url = `${api.url}/v1/plans`;
}, 120_000);
afterAll(() => api?.stop());

async function send(body: string | FormData, options: { query?: string; type?: string; headers?: object } = {}) {
  const response = await fetch(`${url}${options.query ?? ''}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(typeof body === 'string' ? { 'content-type': options.type ?? 'text/csv' } : {}),
      ...options.headers,
    },
    body,
  });
  return { status: response.status, body: (await response.json()) as PlanView & ProblemDocument };
}
async function rowsOf(planId: string) {
  const parts = (['region', 'group', 'neither'] as const).map((part) => eachManifestKeyPage(store, planId, part, 2));
  const pages = await Promise.all(parts.map((part) => Array.fromAsync(part)));
  return pages.flat(2).flatMap(({ rows }) => rows);
}
const leftBehind = () => store.prisma.manifest.count({ where: { planId: null } });

describe('a manifest', () => {
  it('as CSV makes a plan with the rest of its spec from the query', async () => {
    const csv = `${mrk(1)},eu-west-1\n${mrk(2)},,{alias}-dr\n${mrk(1)},us-west-2\n`;
    const query = '?name=big&mode=preview&regions=eu-central-1,eu-west-3&options.priority=7&options.change_ticket=123';
    const { status, body } = await send(csv, { query: `${query}&replica={"aws_param":{"Description":"dr"}}` });
    expect(status).toBe(202);
    expect(body.spec).toMatchObject({
      name: 'big',
      regions: ['eu-central-1', 'eu-west-3'],
      replica: { aws_param: { Description: 'dr' } },
      options: { priority: 7, change_ticket: '123' },
      manifest: {
        format: 'csv',
        rows: 3,
        sha256: createHash('sha256').update(csv).digest('hex'),
        regions: ['eu-west-1', 'us-west-2'],
        with_alias: true,
      },
    });
    expect(await rowsOf(body.id)).toEqual([
      { key: mrk(1), line: 1, region: 'eu-west-1', settings: null },
      { key: mrk(1), line: 3, region: 'us-west-2', settings: null },
      { key: mrk(2), line: 2, region: null, settings: { aws_param: { Alias: '{alias}-dr' } } },
    ]);
  });

  it('as NDJSON, and the spec as one JSON parameter', async () => {
    const spec = encodeURIComponent(JSON.stringify({ name: 'nd', mode: 'preview' }));
    const line = JSON.stringify({ key: mrk(1), region: 'eu-west-1', tags: { tier: '1' } });
    const { status, body } = await send(line, { query: `?spec=${spec}`, type: 'application/x-ndjson; charset=utf-8' });
    expect(status).toBe(202);
    expect(body.spec).toMatchObject({ regions: [], manifest: { format: 'ndjson', rows: 1 } });
  });

  it.each(['spec first', 'spec last'])('as a form, with the %s', async (order) => {
    const form = new FormData();
    const spec = () => form.append('spec', JSON.stringify({ name: 'form', mode: 'preview' }));
    if (order === 'spec first') spec();
    form.append('manifest', new Blob([`{"key":"${mrk(1)}","region":"eu-west-1"}\n`]), 'keys.jsonl');
    if (order === 'spec last') spec();
    const { status, body } = await send(form);
    expect([status, body.spec.name, body.spec.manifest]).toMatchObject([202, 'form', { format: 'ndjson', rows: 1 }]);
  });

  it('may name Region groups in its rows, which are written down with what they say', async () => {
    const group = { regions: ['eu-west-1'], accounts: { '111122223333': ['eu-north-1'] } };
    await writeRegionGroup(store, 'near', group, 'test');
    const { body } = await send(`${mrk(1)},group:near`, { query: '?name=g&mode=preview' });
    expect(body.spec).toMatchObject({
      regions: [],
      manifest: { regions: ['group:near'] },
      region_groups: { near: group },
    });
    const unknown = await send(`${mrk(1)},group:nowhere`, { query: '?name=g&mode=preview' });
    expect(unknown).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_region_group' }] } });
  });

  it('that is wrong is refused with every error at once, its lines and the rest of the spec, and leaves nothing', async () => {
    const { status, body } = await send(`${mrk(1)},eu-wst-1\nnonsense,eu-west-1\n`, {
      query: '?mode=perhaps&colour=red',
    });
    expect(status).toBe(422);
    expect(body.errors?.map(({ path, code, line }) => [path, code, line])).toEqual([
      ['name', 'required', undefined],
      ['mode', 'invalid_value', undefined],
      ['colour', 'unknown_field', undefined],
      ['manifest[1].region', 'unknown_region', 1],
      ['manifest[2].key', 'invalid_key', 2],
    ]);
    const many = await send('nonsense,eu-west-1\n'.repeat(1_500), { query: '?name=x' });
    expect(many.body).toMatchObject({ detail: expect.stringContaining('1,500 errors') });
    expect(many.body.errors).toHaveLength(100);
    const rules: [string, string, object][] = [
      [mrk(1), '?name=x', { line: 1, code: 'required' }],
      [`${mrk(1)},eu-west-1,a\n${mrk(1)},eu-west-1,b`, '?name=x', { line: 2, code: 'contradicting_rows' }],
      [`${mrk(1)},eu-west-1\n${mrk(1)},cn-north-1`, '?name=x', { code: 'other_partition' }],
      ['\n\n', '?name=x', { path: 'manifest', code: 'required' }],
      [`${mrk(1)},eu-west-1`, '?name=x&keys=mrk-1', { path: 'keys', code: 'unknown_field' }],
      [`${mrk(1)},eu-west-1`, '?name=x&__proto__=y', { path: '__proto__', code: 'unknown_field' }],
      [`${mrk(1)},eu-west-1`, '?name=x&options.__proto__=1', { path: 'options.__proto__', code: 'unknown_field' }],
      [`${mrk(1)},eu-west-1`, '?name=x&options.priority=high', { path: 'options.priority', code: 'invalid_type' }],
      [`${mrk(1)},eu-west-1`, '?name=x&replica={', { path: 'replica', code: 'invalid_json' }],
    ];
    for (const [csv, query, error] of rules) {
      expect(await send(csv, { query })).toMatchObject({ status: 422, body: { errors: [error] } });
    }
    expect(await leftBehind()).toBe(0);
  });

  it('of a promotion may say where each key goes, and nothing else', async () => {
    const query = '?name=back&mode=preview&operation=promote';
    const good = `${mrk(1)},eu-west-1`;
    expect(await send(`${good}\n${mrk(2)},us-west-2`, { query })).toMatchObject({
      status: 202,
      body: { operation: 'promote', approvals_required: 2 },
    });
    const key = mrk(2);
    for (const more of [{ alias: 'a' }, { description: 'd' }, { tags: { tier: '1' } }]) {
      const lines = [
        { key: mrk(1), region: 'eu-west-1' },
        { key, region: 'us-west-2', ...more },
      ].map((row) => JSON.stringify(row));
      expect(await send(lines.join('\n'), { query, type: 'application/x-ndjson' })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'manifest[2]', line: 2, code: 'not_for_promotion' }] },
      });
    }
    expect(await leftBehind()).toBe(0);
  });

  it('that cannot be read is a 400, one in another encoding a 415', async () => {
    const unreadable = await send(`${mrk(1)},"eu`, { query: '?name=x' });
    expect(unreadable).toMatchObject({ status: 400, body: { detail: expect.stringContaining('Line 1') } });
    expect(await send('x', { query: '?name=x', type: 'text/csv; charset=utf-16' })).toMatchObject({ status: 415 });
    const form = new FormData();
    form.append('spec', '{"name":');
    form.append('manifest', `${mrk(1)},eu-west-1`);
    expect(await send(form)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('"spec"') } });
    const lonely = new FormData();
    lonely.append('spec', '{"name":"x"}');
    expect(await send(lonely)).toMatchObject({ status: 422, body: { errors: [{ path: 'manifest' }] } });
    form.append('other', 'x');
    expect(await send(form)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('more than one') } });
    const long = await send(`"${'x'.repeat(70_000)}"\n${`${mrk(1)},eu-west-1\n`.repeat(200_000)}`, {
      query: '?name=x',
    });
    expect(long).toMatchObject({ status: 400, body: { detail: expect.stringContaining('64 KiB') } });
    const cut = '--x\r\nContent-Disposition: form-data; name="manifest"\r\n\r\nmrk-1,eu-w';
    expect(await send(cut, { type: 'multipart/form-data; boundary=x' })).toMatchObject({ status: 400 });
    expect(await send(cut, { type: 'multipart/form-data' })).toMatchObject({ status: 400 });
    expect(await send('x', { type: 'text/plain' })).toMatchObject({ status: 415 });
  });

  it('is submitted once under an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const csv = `${mrk(1)},eu-west-1`;
    const first = await send(csv, { query: '?name=x&mode=preview', headers });
    const again = await send(csv, { query: '?name=x&mode=preview', headers });
    const other = await send(`${csv}\n${mrk(2)},eu-west-1`, { query: '?name=x&mode=preview', headers });
    expect([first.status, again.status, other.status]).toEqual([202, 200, 409]);
    expect(again.body.id).toBe(first.body.id);
    expect([await leftBehind(), await rowsOf(first.body.id)]).toMatchObject([0, [{ line: 1 }]]);
  });

  it('whose upload breaks off makes no plan and leaves nothing', async () => {
    const before = await store.prisma.plan.count();
    const upload = httpRequest(`${url}?name=broken`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'text/csv' },
    });
    upload.on('error', () => undefined);
    upload.write(`${mrk(1)},eu-west-1\n`.repeat(5_000));
    await until('rows have come', leftBehind, (count) => count === 1, { withinMs: 10_000 });
    upload.destroy();
    await until('they are gone', leftBehind, (count) => count === 0, { withinMs: 10_000 });
    expect(await store.prisma.plan.count()).toBe(before);
  });
});
