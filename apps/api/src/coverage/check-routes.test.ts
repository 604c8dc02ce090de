import { randomBytes } from 'node:crypto';
import { type CoverageCode, type CoverageState, coverageFindings } from '@keyferry/core';
import { type CoverageCellRow, claimCheck, finishCheck, registerWorker, writeCells } from '@keyferry/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

const regions = ['eu-west-1', 'us-east-1', 'us-west-2'];
const secret = 'arn:aws:iam::111122223333:role/nobody-may-read-this';
const policy = { name: 'routes', selector: { account: '111122223333' }, regions };
const keys = 5;

let api: TestApi;
let path: string;
beforeAll(async () => {
  api = await startForTest({ encryptionKeys: [randomBytes(32)] });
  path = `/v1/coverage/checks/${await makeCheck()}`;
}, 120_000);
afterAll(() => api?.stop());

const ask = (method: string, where: string, body?: unknown) => api.ask(adminToken, method, where, body);
const get = async (query: string) => (await ask('GET', `${path}/${query}`)).json;

/** What a worker would find, of keys at even and odd places. */
const codes: Record<string, readonly [CoverageCode, CoverageCode]> = {
  'eu-west-1': ['covered', 'covered'],
  'us-east-1': ['no_replica', 'disabled'],
  'us-west-2': ['differs', 'differs'],
};
const diff = [
  { field: 'policy' as const, wanted: { Principal: secret }, present: { Principal: secret } },
  { field: 'description' as const, wanted: 'dr', present: '' },
];

function cellOf(position: number, region: string): CoverageCellRow {
  const code = codes[region]?.[position % 2] ?? 'covered';
  const known = { member_id: null, key_state: null, valid_to: null, material: null };
  const { state } = coverageFindings[code];
  return { position, region, state, code, message: 'As found.', ...known, diff: code === 'differs' ? diff : null };
}

async function makeCheck(): Promise<string> {
  const { id } = (await ask('POST', '/v1/coverage/checks', policy)).json;
  const workerId = await registerWorker(api.store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  expect(await claimCheck(api.store, { workerId, checkIds: [] })).toMatchObject({ id, spec: { name: 'routes' } });
  const found = Array.from({ length: keys }, (_, position) => ({
    ...{ position, key_id: `key-${position}`, mrk: `mrk-${position}`, key_arn: null, alias: `alias/app-${position}` },
    ...{ account: '111122223333', primary_region: 'eu-west-1', origin: 'AWS_KMS' },
  }));
  const held = { checkId: id, workerId, epoch: 1 };
  const cells = found.flatMap(({ position }) => regions.map((region) => cellOf(position, region)));
  expect(await writeCells(api.store, held, found, cells)).toBe(true);
  expect(await finishCheck(api.store, held)).toBe(true);
  return id;
}

it('pages through the cells, key by key, and filters them by states, Region, code, key and text', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null; pages += 1) {
    const page: { items: { key_id: string; region: string }[]; next_cursor: string | null } = await get(
      `cells?limit=4${cursor && `&cursor=${cursor}`}`,
    );
    expect(page.items.length).toBe(pages < 3 ? 4 : 3);
    seen.push(...page.items.map(({ key_id, region }) => `${key_id} ${region}`));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(Array.from({ length: keys }, (_, i) => regions.map((region) => `key-${i} ${region}`)).flat());

  const states = async (query: string) =>
    (await get(`cells?${query}`)).items.map(({ state }: { state: CoverageState }) => state);
  expect(await states('state=missing')).toEqual(['missing', 'missing', 'missing']);
  expect((await states('state=missing&state=disabled')).sort()).toEqual([
    'disabled',
    'disabled',
    'missing',
    'missing',
    'missing',
  ]);
  expect(await states('region=us-west-2&q=APP-3')).toEqual(['drifted']);
  expect(await states('code=no_replica&key=mrk-2')).toEqual(['missing']);
  for (const wrong of ['state=lost', 'cursor=3', 'colour=red', 'limit=0']) {
    expect([wrong, (await ask('GET', `${path}/cells?${wrong}`)).status]).toEqual([wrong, 422]);
  }
});

it('draws the matrix a page of keys at a time, of the keys that have such a cell', async () => {
  const first = await get('matrix?limit=2');
  expect(first).toMatchObject({ regions, keys, next_cursor: '1' });
  expect(first.items).toMatchObject([
    { index: 0, key_id: 'key-0', cells: 'CMR' },
    { index: 1, alias: 'alias/app-1', cells: 'CDR' },
  ]);
  const indexes = async (query: string) =>
    (await get(`matrix?${query}`)).items.map(({ index }: { index: number }) => index);
  expect(await indexes('limit=2&cursor=1')).toEqual([2, 3]);
  expect(await indexes('limit=2&offset=4')).toEqual([4]);
  expect(await indexes('state=missing')).toEqual([0, 2, 4]);
  expect(await indexes('state=missing&state=disabled&region=us-east-1')).toEqual([0, 1, 2, 3, 4]);
  expect(await indexes('state=missing&region=us-west-2')).toEqual([]);
  expect((await ask('GET', `${path}/matrix?cursor=1&offset=1`)).status).toBe(422);
});

it('keeps no key policy of a difference in clear, and tells it all the same', async () => {
  const [stored] = await api.store.prisma.$queryRaw<{ text: string }[]>`
    SELECT string_agg(diff::text, ' ') AS text FROM coverage_cells`;
  expect(stored?.text).toContain('$sealed');
  expect(stored?.text).not.toContain(secret);
  const [cell] = (await get('cells?state=drifted&limit=1')).items;
  expect(cell.diff[0]).toEqual({ field: 'policy', wanted: { Principal: secret }, present: { Principal: secret } });
});

it('creates a new plan of the same rows each time that the gaps are closed', async () => {
  const [one, other] = [await ask('POST', `${path}/plan`, {}), await ask('POST', `${path}/plan`, { mode: 'preview' })];
  expect([one.status, other.status]).toEqual([202, 202]);
  expect(one.json.id).not.toBe(other.json.id);
  expect(one.json).toMatchObject({ name: 'coverage routes', mode: 'execute', spec: { manifest: { rows: 3 } } });
  expect(other.json).toMatchObject({ mode: 'preview', spec: { manifest: one.json.spec.manifest } });
  expect(one.headers.get('location')).toBe(`/v1/plans/${one.json.id}`);
  expect((await ask('POST', `${path}/plan`, { mode: 'exceute' })).status).toBe(422);
});

it('whose cells were deleted shows its counts, and why there is nothing else', async () => {
  await ask('PUT', '/v1/coverage/policies/routes', policy);
  await api.store.prisma.$executeRaw`UPDATE coverage_checks SET finished_at = now() - interval '8 days'`;
  const newer = `/v1/coverage/checks/${await makeCheck()}`;
  const old = (await ask('GET', path)).json;
  expect(old).toMatchObject({ cells_kept: false, spec: null, counts: { total: 15, covered: 5 } });
  expect((await ask('GET', newer)).json).toMatchObject({ cells_kept: true, spec: { name: 'routes' } });
  for (const [method, what] of [
    ['GET', 'cells'],
    ['GET', 'matrix'],
    ['POST', 'plan'],
  ]) {
    const answer = await ask(`${method}`, `${path}/${what}`, method === 'POST' ? {} : undefined);
    expect(answer).toMatchObject({
      status: 404,
      json: { detail: expect.stringContaining('were deleted when a newer check') },
    });
  }
  expect((await ask('GET', `${newer}/cells`)).json.items).toHaveLength(15);
});
