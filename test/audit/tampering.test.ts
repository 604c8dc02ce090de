import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPublicKeys, type VerifiedLog, verifyLog } from '@keyferry/evidence';
import { migrate, openStore } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../apps/api/src/audit/sign-checkpoint.ts';
import { readSigningKey } from '../../apps/api/src/audit/signing-key.ts';
import { adminToken, startForTest, type TestApi } from '../harness/start-api.ts';
import { diffDatabaseToSchema } from '../schema/schema-engine.ts';

const pair = generateKeyPairSync('ed25519');
const signingKey = readSigningKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const publicPem = signingKey.view.public_key;
const keys = readPublicKeys([publicPem]);

let api: TestApi;
/** Past every trigger, as a superuser may. */
let intruder: pg.Client;
const entries = 12;
/** The entry in the middle that is tampered with, and the last one that is signed. */
const [middle, signed] = [6, 10];

beforeAll(async () => {
  api = await startForTest();
  for (let seq = 1; seq <= entries; seq += 1) {
    const regions = ['eu-west-1', 'eu-central-1'];
    await api.ask(adminToken, 'PUT', `/v1/region-groups/group-${seq}`, { regions });
    if (seq === 4 || seq === signed) await signCheckpoint(api.store, signingKey);
  }
  intruder = new pg.Client({ connectionString: api.databaseUrl });
  await intruder.connect();
  await intruder.query('SET session_replication_role = replica');
}, 120_000);
afterAll(async () => {
  await intruder?.end();
  await api?.stop();
});

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split('\n').filter(Boolean);
}
const exported = async (one = api): Promise<string> => (await one.ask(adminToken, 'GET', '/v1/audit/export')).text;
const verify = (text: string, by: typeof keys | null = keys): Promise<VerifiedLog> => verifyLog(linesOf(text), by);

/** What verifying says of the log once the intruder was there. */
async function after(sql: string): Promise<string> {
  await intruder.query(`CREATE TEMP TABLE kept AS SELECT * FROM audit_entries;
    CREATE TEMP TABLE kept_checkpoints AS SELECT * FROM audit_checkpoints; ${sql}`);
  try {
    return await verify(await exported()).then(
      (verified) => JSON.stringify(verified),
      (error: Error) => `${error.name}: ${error.message}`,
    );
  } finally {
    await intruder.query(`DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM kept; DROP TABLE kept;
      DELETE FROM audit_checkpoints; INSERT INTO audit_checkpoints SELECT * FROM kept_checkpoints; DROP TABLE kept_checkpoints`);
  }
}
/** Hashes the entries anew from one on, so that the chain holds again. */
const hashAnew = (from: number) => `DO $$
  DECLARE one audit_entries; before text := (SELECT hash FROM audit_entries WHERE seq = ${from - 1});
  BEGIN
    FOR one IN SELECT * FROM audit_entries WHERE seq >= ${from} ORDER BY seq LOOP
      one.prev_hash := before;
      one.hash := audit_hash(one);
      before := one.hash;
      UPDATE audit_entries SET prev_hash = one.prev_hash, hash = one.hash WHERE seq = one.seq;
    END LOOP;
  END $$`;

it('an unchanged log is unbroken', async () => {
  const newest = expect.any(String);
  expect(await verify(await exported())).toEqual({
    ...{ entries, first: 1, last: entries, checkpoints: 2, chained: 2, signed, newest, anchor: 'beginning' },
    ...{ drops: 0, unjudged: 0 },
  });
  expect(await diffDatabaseToSchema(api.databaseUrl)).toBeNull();
});

describe('a change that bypasses the triggers is found, and the first broken row is named', () => {
  it.each([
    ["caller = 'system'", 'changed'],
    ['caller = NULL', 'changed'],
    ["role = 'viewer'", 'changed'],
    ['token_id = gen_random_uuid()', 'changed'],
    ["action = 'plan.submit'", 'changed'],
    ["object_type = 'lane'", 'changed'],
    ["object_id = 'group-5'", 'changed'],
    ["outcome = 'refused'", 'changed'],
    ["request_id = 'mine'", 'changed'],
    ['detail = jsonb_set(detail, $${regions,0}$$, $$"eu-west-2"$$)', 'changed'],
    ["at = at - interval '1 millisecond'", 'changed'],
    ["prev_hash = translate(prev_hash, '0123456789abcdef', '123456789abcdef0')", 'changed'],
    ["hash = translate(hash, '0123456789abcdef', '123456789abcdef0')", 'changed'],
  ])('%s', async (change, what) => {
    expect(await after(`UPDATE audit_entries SET ${change} WHERE seq = ${middle}`)).toMatch(
      new RegExp(`^BrokenLog: Entry ${middle} was ${what}`),
    );
  });

  it.each([
    ['a row that is missing', `DELETE FROM audit_entries WHERE seq = ${middle}`, `Entry ${middle} is missing`],
    [
      'a row with another number',
      `UPDATE audit_entries SET seq = 100 WHERE seq = ${middle}`,
      `Entry ${middle} is missing`,
    ],
    ['a first row that is missing', 'DELETE FROM audit_entries WHERE seq = 1', 'Entry 1 is missing'],
    [
      'a beginning that is missing up to a checkpoint',
      'DELETE FROM audit_entries WHERE seq <= 4',
      'Entry 1 is missing',
    ],
    [
      'an end that is missing',
      `DELETE FROM audit_entries WHERE seq > 8`,
      `Entry 9 is missing: the log ends with entry 8, but entry ${signed} was signed`,
    ],
    ['checkpoints that are missing', 'DELETE FROM audit_checkpoints', 'Entry 1 and all others are not signed'],
    [
      'everything that is missing',
      'DELETE FROM audit_entries',
      `Entry 1 is missing: entries up to ${signed} were signed`,
    ],
    [
      'a row twice',
      `INSERT INTO audit_entries SELECT (jsonb_populate_record(e, jsonb_build_object('at', at + interval '1 millisecond'))).* FROM audit_entries e WHERE seq = ${middle}`,
      `Entry ${middle} (is out of order|was changed)`,
    ],
    [
      'two rows in the place of each other',
      `UPDATE audit_entries SET seq = CASE seq WHEN ${middle} THEN ${middle + 1} ELSE ${middle} END WHERE seq IN (${middle}, ${middle + 1})`,
      `Entry ${middle} was changed`,
    ],
    [
      'a row that was hashed anew',
      `UPDATE audit_entries SET caller = 'eve' WHERE seq = ${middle}; UPDATE audit_entries e SET hash = audit_hash(e) WHERE seq = ${middle}`,
      `Entry ${middle} was replaced`,
    ],
    [
      'a log that was hashed anew from there on',
      `UPDATE audit_entries SET caller = 'eve' WHERE seq = ${middle}; ${hashAnew(middle)}`,
      `Entry ${signed} differs from the signed one`,
    ],
    [
      'a checkpoint of another hash',
      `UPDATE audit_checkpoints SET hash = repeat('a', 64) WHERE seq = ${signed}`,
      `The checkpoint of entry ${signed} was changed`,
    ],
    [
      'a checkpoint of another time',
      `UPDATE audit_checkpoints SET at = at + interval '1 day' WHERE seq = 4`,
      'The checkpoint of entry 4 was changed',
    ],
    [
      'a checkpoint that is missing before another',
      'DELETE FROM audit_checkpoints WHERE seq = 4',
      `A checkpoint before that of entry ${signed} is missing`,
    ],
    [
      'a checkpoint that names none before it',
      `UPDATE audit_checkpoints SET prev_hash = NULL WHERE seq = ${signed}`,
      `The checkpoint of entry ${signed} was changed`,
    ],
    [
      'an entry that tells of a drop which the retention does not allow',
      `DELETE FROM audit_entries WHERE seq <= 4; UPDATE audit_entries e SET action = 'audit.drop', detail =
        jsonb_build_object('last_seq', 4, 'last_hash', (SELECT hash FROM audit_checkpoints WHERE seq = 4))
        WHERE seq = 12; ${hashAnew(12)}`,
      'Entry 12 records a drop that the retention does not allow: entry 4 was first signed',
    ],
    [
      'a checkpoint of another key',
      `UPDATE audit_checkpoints SET key_id = repeat('a', 64) WHERE seq = 4`,
      'The checkpoint of entry 4 is signed with the key a{64}, which is not one of the given keys',
    ],
  ])('%s', async (_what, sql, named) => {
    expect(await after(sql)).toMatch(new RegExp(`^BrokenLog: ${named}`));
  });

  it('any one byte of an export, and says where', async () => {
    const text = await exported();
    const lines = text.split('\n').filter(Boolean);
    for (const [n, line] of lines.entries()) {
      // Every byte of an entry and of a checkpoint, and some of each other.
      for (let place = 0; place < line.length; place += n === 5 || n === 4 ? 1 : 29) {
        const other = line[place] === 'x' ? 'y' : 'x';
        const changed = `${line.slice(0, place)}${other}${line.slice(place + 1)}`;
        const spoilt = lines.with(n, changed).join('\n');
        const { entry, checkpoint } = JSON.parse(line);
        const seq = entry?.seq ?? checkpoint.seq;
        await expect(verify(spoilt), changed).rejects.toThrow(
          new RegExp(`[Ee]ntry ${seq}\\b|Line ${n + 1}, (after entry ${entry ? seq - 1 : seq}|before the first entry)`),
        );
      }
    }
  });
});

describe('keyferry audit', () => {
  const script = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyferry-audit-'));
    await writeFile(join(folder, 'public.pem'), publicPem);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) =>
    new Promise<{ out: string; err: string; code: number }>((resolve) => {
      const env = { PATH: process.env.PATH, KEYFERRY_TOKEN: adminToken, KEYFERRY_URL: api.url };
      const child = execFile(process.execPath, [script, 'audit', ...args], { cwd: folder, env }, (_error, out, err) =>
        resolve({ out, err, code: child.exitCode ?? -1 }),
      );
    });

  it('exports, verifies offline and ends with 0, or names the first fault and ends with 1', async () => {
    expect(await run('export', '-o', 'log.ndjson')).toMatchObject({
      code: 0,
      out: 'Audit log written to log.ndjson.\n',
    });
    const sound = await run('verify', 'log.ndjson', '--key', 'public.pem');
    expect(sound.out.replace(/checkpoint is .*\.$/m, 'checkpoint is N s old.')).toBe(
      `Unbroken. ${entries} entries, 1 to ${entries}, from the start of the log.\nSigned up to entry ${signed}; all checkpoints valid (2).\n` +
        `The newest checkpoint is N s old.\nThe last ${entries - signed} entries are not covered by a checkpoint.\n`,
    );
    expect(sound.code).toBe(0);
    const text = await readFile(join(folder, 'log.ndjson'), 'utf8');
    await writeFile(join(folder, 'spoilt.ndjson'), text.replace('group-7', 'group-8'));
    expect(await run('verify', 'spoilt.ndjson')).toMatchObject({
      code: 1,
      out: 'Broken. Entry 7 was changed: its hash does not match.\n',
    });
    expect(await run('verify', 'none.ndjson')).toMatchObject({ code: 64, err: expect.stringContaining('ENOENT') });
    expect(await run('verify', 'log.ndjson', '--key', 'log.ndjson')).toMatchObject({ code: 64 });
  });

  it('refuses an export whose newest checkpoint is too old, or that would say so itself', async () => {
    await run('export', '-o', 'log.ndjson');
    const verify = (...args: string[]) => run('verify', 'log.ndjson', ...args);
    const [young, old, unsigned] = await Promise.all([
      verify('--key', 'public.pem', '--max-age', '1h'),
      verify('--key', 'public.pem', '--max-age', '0h'),
      verify('--max-age', '1h'),
    ]);
    expect(young).toMatchObject({ code: 0, out: expect.stringMatching(/checkpoint is .* old \(20.*Z\)\.$/m) });
    expect(old).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^Broken\. The newest checkpoint is .*: older than 0 s\./),
    });
    expect(unsigned).toMatchObject({ code: 64, err: expect.stringContaining('--max-age needs --key') });
  });

  it('lists entries, and exports them from one on', async () => {
    expect((await run('list', '--object', 'group-3')).out).toMatch(
      /3 .*admin.*region_group\.put.*region_group group-3/,
    );
    await run('export', '--from', '5', '-o', 'rest.ndjson');
    expect((await run('verify', 'rest.ndjson', '--key', 'public.pem', '--from', '5')).out).toContain(
      `${entries - 4} entries, 5 to ${entries}, from a checkpoint.`,
    );
    expect((await run('verify', 'rest.ndjson')).out).toContain('Entry 1 is missing: the log starts with entry 5');
  });
});

describe('a month of the log', () => {
  let old: TestApi;
  const yearMs = 365 * 24 * 3_600_000;
  const drop = (month: string) => old.store.prisma.$executeRawUnsafe(`SELECT drop_audit_month('${month}')`);
  beforeAll(async () => {
    const url = new URL(api.databaseUrl);
    url.pathname = '/years_ago';
    await intruder.query('CREATE DATABASE years_ago');
    await migrate(url.href);
    const store = openStore({ url: url.href });
    // What was written in two months years ago.
    await store.prisma.$executeRaw`DO $$
      DECLARE one audit_entries; at timestamptz;
      BEGIN
        FOREACH at IN ARRAY ARRAY['2020-01-05Z', '2020-01-31T23:59:59Z', '2020-02-01Z']::timestamptz[] LOOP
          SELECT seq + 1, hash INTO one.seq, one.prev_hash FROM audit_head;
          one.at := at; one.caller := 'anna'; one.action := 'region_group.put'; one.object_type := 'region_group';
          one.object_id := 'eu'; one.outcome := 'done'; one.detail := '{}';
          one.hash := audit_hash(one);
          UPDATE audit_head SET seq = one.seq, hash = one.hash;
          PERFORM provide_audit_month(date_trunc('month', at AT TIME ZONE 'UTC'));
          INSERT INTO audit_entries VALUES (one.*);
        END LOOP;
      END $$`;
    await store.close();
    old = await startForTest({ databaseUrl: url.href });
  }, 60_000);
  afterAll(() => old?.stop());

  it('is kept until it is signed, for a year, and as long as an older one is there', async () => {
    await expect(drop('2020-01-01')).rejects.toThrow('no signed checkpoint covers audit_entries_2020_01');
    // Entries say that they are of 2020, which anybody may have written: they were first signed not quite a year ago.
    await signCheckpoint(old.store, signingKey, undefined, { now: Date.now() - yearMs + 60_000 });
    await expect(drop('2020-01-01')).rejects.toThrow('is kept until 365 days after it was first signed');
    await old.store.prisma.$executeRaw`ALTER TABLE audit_checkpoints DISABLE TRIGGER USER`;
    await old.store.prisma.$executeRaw`DELETE FROM audit_checkpoints`;
    await old.store.prisma.$executeRaw`ALTER TABLE audit_checkpoints ENABLE TRIGGER USER`;
    await signCheckpoint(old.store, signingKey, undefined, { now: Date.now() - yearMs });
    await expect(drop('2020-02-01')).rejects.toThrow('the oldest month of the log is audit_entries_2020_01');
  });

  it('is dropped then; the rest is verified from there', async () => {
    await drop('2020-01-01');
    await drop('2020-02-01');
    await old.ask(adminToken, 'PUT', '/v1/region-groups/eu', { regions: ['eu-west-1'] });
    await signCheckpoint(old.store, signingKey);
    const text = await exported(old);
    expect(await verify(text)).toMatchObject({
      entries: 3,
      first: 4,
      last: 6,
      signed: 6,
      anchor: 'retention',
      drops: 2,
    });
    const lines = text.split('\n').filter((line) => !line.includes('"seq": 4') && !line.includes('"seq":4'));
    await expect(verify(lines.join('\n'))).rejects.toThrow(/Entry 1 is missing/);
    const month = new Date().toISOString().slice(0, 7);
    await expect(drop(`${month}-01`)).rejects.toThrow('is kept until twelve months after its end');
  });
});
