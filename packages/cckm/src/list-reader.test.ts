import { describe, expect, it } from 'vitest';
import { CckmError } from './cckm-error.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { type ListCall, ListReader } from './list-reader.ts';

const items = Array.from({ length: 25 }, (_, i) => ({ id: `k${i}` }));
const call: ListCall = {
  operation: 'list-keys',
  path: '/keys',
  query: { region: 'eu-west-1', multi_region: 'true', multi_region_key_type: 'REPLICA' },
  limit: 10,
  sort: '-updatedAt',
};

interface Server {
  /** Parameters that it does not take. */
  readonly refuses?: readonly string[];
  readonly status?: number;
  readonly says?: (name: string) => string;
  /** The largest limit that it takes, and the most that it answers whatever it was asked for. */
  readonly mostLimit?: number;
  readonly pageCap?: number;
  readonly total?: unknown;
}

function serve({ refuses = [], status = 400, says = () => 'Bad HTTP request', mostLimit, pageCap, total }: Server) {
  const asked: URLSearchParams[] = [];
  const read = async (_operation: string, path: string): Promise<HttpAnswer> => {
    const query = new URLSearchParams(path.slice(path.indexOf('?')));
    asked.push(query);
    const [skip, limit] = [Number(query.get('skip')), Number(query.get('limit'))];
    const refused =
      refuses.find((name) => query.has(name)) ??
      (mostLimit !== undefined && (limit < 0 || limit > mostLimit) ? 'limit' : null);
    if (refused !== null) throw new CckmError({ code: 'cckm_bad_request', httpStatus: status, message: says(refused) });
    const size = Math.min(limit < 0 ? items.length : limit, pageCap ?? items.length);
    const resources = items.slice(skip, skip + size);
    return { httpStatus: 200, json: { resources, total }, requestId: null, serverTime: null };
  };
  return { read, asked };
}

const idOf = ({ id }: { id: string }) => id;
const asItem = (item: unknown) => item as { id: string };
async function readAll(reader: ListReader, of: ListCall = call): Promise<{ ids: string[]; leftOut: string[] }> {
  const ids: string[] = [];
  let leftOut: string[] = [];
  for await (const page of reader.pages(of, asItem, idOf)) {
    ids.push(...page.items.map(idOf));
    leftOut = [...page.leftOut];
  }
  return { ids, leftOut };
}
const everyId = items.map(idOf);

describe('a list whose parameters CCKM does not all take', () => {
  it.each([
    ['multi_region_key_type', 400],
    ['multi_region_key_type', 422],
    ['multi_region', 404],
    ['sort', 400],
    ['region', 501],
  ])('is read without %s (%i), and that is remembered for a while', async (name, status) => {
    let now = 0;
    const { read, asked } = serve({ refuses: [name], status, total: 25 });
    const reader = new ListReader(read, { now: () => now });
    const first = await readAll(reader);
    expect(first.ids).toEqual(everyId);
    expect(first.leftOut).toContain(name);
    const before = asked.length;
    expect((await readAll(reader)).ids).toEqual(everyId);
    expect(asked.length - before).toBe(3);
    now += 16 * 60_000;
    const later = asked.length;
    await readAll(reader);
    expect(asked[later]?.has(name)).toBe(true);
  });

  it('leaves out what the refusal names, and nothing else', async () => {
    const { read, asked } = serve({ refuses: ['multi_region'], says: (name) => `unknown query parameter ${name}` });
    const { leftOut } = await readAll(new ListReader(read));
    expect(leftOut).toEqual(['multi_region']);
    expect(asked[1]?.get('multi_region_key_type')).toBe('REPLICA');
  });

  it('asks for smaller pages where its limit is not taken', async () => {
    for (const mostLimit of [100, 10]) {
      const { read, asked } = serve({ mostLimit, says: () => 'invalid value', total: 25 });
      const reader = new ListReader(read);
      expect((await readAll(reader, { ...call, query: {}, limit: -1 })).ids).toEqual(everyId);
      expect(asked.at(-1)?.get('limit')).toBe(String(mostLimit));
      const before = asked.length;
      await readAll(reader, { ...call, query: {}, limit: -1 });
      expect(asked[before]?.get('limit')).toBe(String(mostLimit));
    }
  });

  it('fails with the first refusal where nothing helps, and at once where the user may not', async () => {
    const refused = serve({ refuses: ['skip'], says: (name) => `no ${name}` });
    await expect(readAll(new ListReader(refused.read))).rejects.toMatchObject({ httpStatus: 400 });
    const forbidden = serve({ refuses: ['skip'], status: 403 });
    await expect(readAll(new ListReader(forbidden.read))).rejects.toMatchObject({ httpStatus: 403 });
    expect(forbidden.asked).toHaveLength(1);
  });
});

describe('the end of a list', () => {
  it.each([
    ['its total', { total: 25 }],
    ['a total that is text', { total: '25' }],
    ['no total', {}],
    ['no total, and pages that are cut shorter than they were asked for', { pageCap: 4 }],
    ['a total, and pages that are cut shorter', { pageCap: 4, total: 25 }],
    ['a total that is empty text', { total: '' }],
    ['a total of -1', { total: -1 }],
  ])('is found by %s', async (_what, server) => {
    const { read } = serve(server);
    expect((await readAll(new ListReader(read))).ids).toEqual(everyId);
  });

  it('is where a server that ignores skip has nothing new', async () => {
    const { read } = serve({});
    const stuck = (operation: string, path: string) => read(operation, path.replace(/skip=\d+/, 'skip=0'));
    expect((await readAll(new ListReader(stuck))).ids).toHaveLength(10);
  });
});
