import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findSeeded, hotReads } from '../../../test/harness/hot-reads.ts';
import { type RecordedQuery, recordQueries } from '../../../test/harness/record-queries.ts';
import { seedPlans } from '../../../test/harness/seed-plans.ts';
import { adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';

/** What may grow to hundreds of thousands of rows, and has thousands here. */
const large = ['replicas', 'attempts', 'plan_lanes', 'plan_keys'];
/** Rows of one of these that a read may look at, of the 29,000 replicas that there are; a page of all plans has all lanes. */
const most = (what: string): number => (what === 'plans, 1000' ? 10_000 : 4_000);

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'Heap Fetches'?: number;
  readonly Plans?: readonly PlanNode[];
}

const recording = recordQueries();
let api: TestApi;
let client: pg.Client;
/** By what was read. */
const queries = new Map<string, RecordedQuery[]>();

beforeAll(async () => {
  api = await startForTest();
  client = new pg.Client({ connectionString: api.databaseUrl });
  await client.connect();
  await seedPlans(client, [
    { plans: 400, keys: 2, accounts: 2, state: 'ended' },
    { plans: 1, keys: 600, accounts: 5, state: 'paused' },
    { plans: 1, keys: 1_500, accounts: 10, state: 'ended' },
  ]);
  const seeded = await findSeeded(client);
  await client.query(`UPDATE plans SET state = 'running' WHERE id = $1`, [seeded.paused]);
  for (const { what, pathAt } of hotReads({ ...seeded, running: seeded.paused })) {
    const sent = await recording.during(async () => {
      const { status, text } = await api.ask(adminToken, 'GET', pathAt(0));
      expect([what, status, status === 200 ? '' : text]).toEqual([what, 200, '']);
    });
    queries.set(what, sent.filter(isRead));
  }
}, 120_000);
afterAll(async () => {
  recording.stop();
  await client?.end();
  await api?.stop();
});

/** Not what a connection begins with, nor what the queue asks for. */
const isRead = ({ text }: RecordedQuery): boolean =>
  /^\s*(SELECT|WITH)\b/i.test(text) &&
  /\b(FROM|JOIN) (replicas|attempts|plans|plan_lanes|plan_keys|lanes)\b/.test(text);

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Scans of large tables that read all of one, or more of its rows than a page needs. */
async function tooLong(what: string, { text, values }: RecordedQuery): Promise<string[]> {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`, [...values]);
  const [{ Plan: top }] = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'];
  return nodesOf(top).flatMap((node) => {
    const table = node['Relation Name'];
    if (table === undefined || !large.includes(table) || node['Actual Loops'] === 0) return [];
    const each = [node['Actual Rows'], node['Rows Removed by Filter'], node['Rows Removed by Index Recheck']];
    const read = Math.round(each.reduce<number>((sum, one) => sum + (one ?? 0), 0) * node['Actual Loops']);
    const scan = `${node['Node Type']} on ${table} ${node['Index Name'] ?? ''}: ${read} rows`;
    // What an index is read through for without a row of it being one that is asked for.
    const blocks = node['Shared Hit Blocks'] + node['Shared Read Blocks'] - (node['Heap Fetches'] ?? 0);
    if (node['Node Type'] === 'Index Only Scan' && blocks > node['Actual Loops'] * 8 + read / 8)
      return [`${scan}, ${blocks} blocks`];
    return node['Node Type'] === 'Seq Scan' || read > most(what) ? [scan] : [];
  });
}

async function allTooLong(read: string): Promise<string[]> {
  const found: string[] = [];
  for (const query of queries.get(read) ?? []) found.push(...(await tooLong(read, query)));
  return found;
}

test('no read that people and dashboards make again and again looks at more of a large table than its page needs', async () => {
  expect([...queries].filter(([, sent]) => sent.length === 0)).toEqual([]);
  const found: Record<string, string[]> = {};
  for (const read of queries.keys()) found[read] = await allTooLong(read);
  expect(Object.entries(found).filter(([, scans]) => scans.length > 0)).toEqual([]);
});

test.each([
  ['DROP INDEX replicas_plan_id_state_id_idx', ['replicas', 'replicas, succeeded', 'report, csv, first byte']],
  ['DROP INDEX replicas_with_error', ['replicas by unknown error']],
  ['DROP INDEX replicas_differing', ['replicas that differ']],
  ['DROP INDEX replicas_mrk_region_idx', ['replicas by mrk- id', 'replicas by ARN']],
  ['DROP INDEX replicas_made', ['replicas by id of a replica']],
  ['DROP INDEX replicas_plan_id_key_id_region_key', ['replicas by key id', 'matrix']],
  ['DROP INDEX attempts_replica_id_id_idx', ['one replica']],
  ['DROP INDEX plan_lanes_plan_id_account_primary_region_region_key', ['plan, largest', 'matrix']],
  ['ALTER TABLE plan_keys DROP CONSTRAINT plan_keys_pkey', ['matrix']],
])('it would be seen: %s', async (drop, reads) => {
  await client.query('BEGIN');
  try {
    await client.query(drop);
    for (const read of reads) expect([read, await allTooLong(read)]).not.toEqual([read, []]);
  } finally {
    await client.query('ROLLBACK');
  }
});

test('a Region leads Postgres into no index: it might look for all of its rows by that of keys, and sort them', async () => {
  await client.query('BEGIN');
  try {
    await client.query(
      'DROP INDEX replicas_plan_id_state_id_idx; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off',
    );
    const scans: PlanNode[] = [];
    for (const { text, values } of queries.get('replicas by Region') ?? []) {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values]);
      const [{ Plan: top }] = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'];
      scans.push(...nodesOf(top).filter((node) => node['Relation Name'] === 'replicas'));
    }
    expect(scans.length).toBeGreaterThan(0);
    expect(scans.filter((node) => node['Index Cond']?.includes('region'))).toEqual([]);
  } finally {
    await client.query('ROLLBACK');
  }
});

/** Rows that this connection has read by sequential scans of what may grow, by table. */
async function readInSequence(): Promise<object> {
  const { rows } = await client.query<{ name: string; read: string }>(
    'SELECT relname AS name, seq_tup_read AS read FROM pg_stat_xact_user_tables WHERE relname = ANY($1)',
    [[...large, 'plans', 'plan_failures']],
  );
  return Object.fromEntries(rows.map(({ name, read }) => [name, read]));
}

test.each([
  ['release', `UPDATE replicas SET state = 'queued', epoch = epoch + 1, slot_at = now() WHERE id = ANY($1)`],
  ['cancel', `UPDATE replicas SET state = 'cancelled' WHERE id = ANY($1)`],
  ['block', `UPDATE replicas SET state = 'blocked', error = '{"code": "key_not_found"}' WHERE id = ANY($1)`],
])('what a change of a few replicas costs does not grow with what is stored: %s', async (_what, update) => {
  const pending = await client.query<{ id: string }>(`SELECT id FROM replicas WHERE state = 'pending' LIMIT 2`);
  await client.query('BEGIN');
  try {
    const before = await readInSequence();
    await client.query(update, [pending.rows.map(({ id }) => id)]);
    expect(await readInSequence()).toEqual(before);
  } finally {
    await client.query('ROLLBACK');
  }
});
