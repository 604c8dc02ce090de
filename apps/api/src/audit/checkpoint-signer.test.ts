import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@keyferry/log';
import { migrate, noteRefusal, openStore, readLastCheckpoint, type Store } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminToken, startForTest } from '../../../../test/harness/start-api.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { openCheckpointSigner } from './checkpoint-signer.ts';
import { signCheckpoint } from './sign-checkpoint.ts';
import { readSigningKey } from './signing-key.ts';

const pair = generateKeyPairSync('ed25519');
const key = readSigningKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const yearMs = 365 * 24 * 3_600_000;

let server: PrivateServer;
let admin: pg.Client;
let folder: string;
/** A log of its own for each test. */
let databaseUrl: string;
let store: Store;
/** Past every trigger, as the owner of the database may be. */
let owner: pg.Client;
let file: string;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('CREATE DATABASE empty_log');
  await migrate(urlOf('empty_log'));
  folder = await mkdtemp(join(tmpdir(), 'keyferry-checkpoint-'));
}, 60_000);
beforeEach(async () => {
  const name = `log_${randomUUID().replaceAll('-', '')}`;
  await admin.query(`CREATE DATABASE ${name} TEMPLATE empty_log`);
  databaseUrl = urlOf(name);
  store = openStore({ url: databaseUrl });
  owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  await owner.query('SET session_replication_role = replica');
  const open = [store, owner] as const;
  ends.push(
    () => open[0].close(),
    () => open[1].end(),
  );
  file = join(folder, `${name}.json`);
});
afterAll(async () => {
  for (const end of ends) await end();
  await admin?.end();
  await server?.stop();
  await rm(folder, { recursive: true });
});

const urlOf = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
const write = async (entries = 1) => {
  for (let n = 0; n < entries; n += 1) {
    await noteRefusal(store, { action: 'read', object: { type: 'operation', id: 'listPlans' }, detail: {} });
  }
};
/** As an API has it that was just started; with the lines that it logs. */
function start(at: string | null) {
  const lines: string[] = [];
  const log = createLog('api', 'info', { write: (line) => lines.push(line) });
  const signer = openCheckpointSigner(store, key, { file: at, log });
  const levels = { warn: 40, error: 50 };
  const logged = (level: keyof typeof levels) =>
    lines.map((line) => JSON.parse(line)).filter((line) => line.level === levels[level]);
  return { ...signer, logged };
}
const kept = async () => JSON.parse(await readFile(file, 'utf8'));
const newest = () => readLastCheckpoint(store);
const signedUpTo = async () => (await newest())?.seq ?? 0;

/** Writes an entry anew, and all that follow, so that the chain holds again. */
const rewrite = (from: number) => `DO $$
  DECLARE one audit_entries; before text := coalesce((SELECT hash FROM audit_entries WHERE seq = ${from - 1}), repeat('0', 64));
  BEGIN
    UPDATE audit_entries SET caller = 'somebody else' WHERE seq = ${from};
    FOR one IN SELECT * FROM audit_entries WHERE seq >= ${from} ORDER BY seq LOOP
      one.prev_hash := before;
      one.hash := audit_hash(one);
      before := one.hash;
      UPDATE audit_entries SET prev_hash = one.prev_hash, hash = one.hash WHERE seq = one.seq;
      UPDATE audit_head SET seq = one.seq, hash = one.hash;
    END LOOP;
  END $$`;
/** Entries up to one are gone, as if their month had been dropped. */
const forgeDrop = (upTo: number) => `
  SELECT append_audit('audit', 'audit_entries_2020_01', 'audit.drop',
    jsonb_build_object('last_seq', seq, 'last_hash', hash)) FROM audit_entries WHERE seq = ${upTo};
  DELETE FROM audit_entries WHERE seq <= ${upTo}`;

it('keeps the last checkpoint in the file, for its user alone, and nothing beside it', async () => {
  const signer = start(file);
  await write(3);
  await signer.sign();
  expect(await kept()).toEqual(await newest());
  await write();
  await signer.sign();
  expect(await kept()).toEqual(await newest());
  expect((await kept()).seq).toBe(4);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(signer.refusal()).toBeNull();
});

describe('a log that was rewritten is not signed', () => {
  const forgeries: [what: string, sql: string, why: RegExp, goesOn?: boolean][] = [
    [
      'entries rewritten and hashed anew, all checkpoints deleted',
      `${rewrite(2)}; DELETE FROM audit_checkpoints`,
      /^The signed checkpoint of entry 6 is missing/,
    ],
    ['entries rewritten and hashed anew, checkpoints left', rewrite(2), /^Entry 6 differs from the signed one/],
    [
      'the newest checkpoint deleted',
      'DELETE FROM audit_checkpoints WHERE seq = 6',
      /^The signed checkpoint of entry 6/,
    ],
    [
      'a checkpoint changed',
      "UPDATE audit_checkpoints SET at = at - interval '1 day' WHERE seq = 6",
      /^The checkpoint of entry 6 was changed/,
    ],
    [
      'the end cut off',
      `DELETE FROM audit_entries WHERE seq > 3; DELETE FROM audit_checkpoints WHERE seq > 3;
        UPDATE audit_head h SET seq = e.seq, hash = e.hash FROM audit_entries e WHERE e.seq = 3`,
      /^The signed checkpoint of entry 6 is missing/,
    ],
    [
      'the end cut off, checkpoints left',
      `DELETE FROM audit_entries WHERE seq > 5;
        UPDATE audit_head h SET seq = e.seq, hash = e.hash FROM audit_entries e WHERE e.seq = 5`,
      /^Entry 6 is missing/,
      false,
    ],
    [
      'the end cut off and written anew, checkpoints left',
      `DELETE FROM audit_entries WHERE seq > 5;
        UPDATE audit_head h SET seq = e.seq, hash = e.hash FROM audit_entries e WHERE e.seq = 5`,
      /^Entry 6 differs from the signed one/,
    ],
    ['the entry that was signed deleted', 'DELETE FROM audit_entries WHERE seq = 6', /^Signed entry 6 is missing/],
    ['a forged drop of what was signed today', forgeDrop(6), /^Entry 6 was dropped too early: it was signed at/],
    [
      'a head that is no entry',
      "UPDATE audit_head SET seq = seq + 2, hash = repeat('a', 64)",
      /^Entry 8 does not match the head of the log/,
      false,
    ],
  ];

  /** Six entries, of which the third and the last are signed. */
  async function signedLog(signer: ReturnType<typeof start>): Promise<void> {
    await write(3);
    await signer.sign();
    await write(3);
    await signer.sign();
  }

  it.each(forgeries)('by a running API: %s', async (_what, sql, why, goesOn = true) => {
    const signer = start(null);
    await signedLog(signer);
    await owner.query(sql);
    if (goesOn) await write();
    const before = await newest();
    await signer.sign();
    await signer.sign();
    expect(signer.refusal()).toMatch(why);
    expect(await newest()).toEqual(before);
    expect(signer.logged('error')).toMatchObject([{ err: { message: expect.stringMatching(why) } }]);
  });

  it.each(forgeries)('by one that was started again, with its file: %s', async (_what, sql, why, goesOn = true) => {
    await signedLog(start(file));
    await owner.query(sql);
    if (goesOn) await write();
    const before = [await newest(), await kept()];
    const signer = start(file);
    await signer.sign();
    expect(signer.refusal()).toMatch(why);
    expect([await newest(), await kept()]).toEqual(before);
  });

  it('between the checkpoint of the file and one that another API has signed since', async () => {
    await signedLog(start(file));
    for (let n = 0; n < 2; n += 1) {
      await write();
      await signCheckpoint(store, key);
    }
    await owner.query('DELETE FROM audit_checkpoints WHERE seq = 7');
    const signer = start(file);
    await signer.sign();
    expect(signer.refusal()).toMatch(/^A checkpoint between those of entries 6 and 8 is missing/);
  });

  it('but by one without a file that was started again it is', async () => {
    await signedLog(start(null));
    await owner.query(`${rewrite(2)}; DELETE FROM audit_checkpoints`);
    const signer = start(null);
    await signer.sign();
    expect(signer.refusal()).toBeNull();
    expect(await signedUpTo()).toBe(6);
  });

  it('not even once it is restored, until a person removes the file', async () => {
    const signer = start(file);
    await signedLog(signer);
    await owner.query('CREATE TABLE kept AS SELECT * FROM audit_checkpoints; DELETE FROM audit_checkpoints');
    await signer.sign();
    await owner.query('INSERT INTO audit_checkpoints SELECT * FROM kept');
    await write();
    await signer.sign();
    expect(signer.refusal()).toMatch(/is missing/);
    expect(await signedUpTo()).toBe(6);
    await rename(file, `${file}.kept`);
    await signer.sign();
    expect(signer.refusal()).toBeNull();
    expect(await signedUpTo()).toBe(7);
    expect((await kept()).seq).toBe(7);
    expect(signer.logged('warn')).toMatchObject([{ reason: expect.stringMatching(/is missing/) }]);
  });

  it('also where the file could never be written', async () => {
    const signer = start(join(folder, randomUUID(), 'checkpoint.json'));
    await signedLog(signer);
    await owner.query(`${rewrite(2)}; DELETE FROM audit_checkpoints`);
    await signer.sign();
    await signer.sign();
    expect(signer.refusal()).toMatch(/is missing/);
  });
});

describe('a month that was dropped as the retention allows', () => {
  it('does not delay signing, although it had the last checkpoint', async () => {
    await owner.query(`SET session_replication_role = origin;
      DO $$
      DECLARE one audit_entries;
      BEGIN
        SELECT seq + 1, hash INTO one.seq, one.prev_hash FROM audit_head;
        one.at := '2020-01-05Z'; one.action := 'read'; one.object_type := 'operation'; one.outcome := 'refused';
        one.detail := '{}'; one.hash := audit_hash(one);
        UPDATE audit_head SET seq = one.seq, hash = one.hash;
        PERFORM provide_audit_month('2020-01-01');
        INSERT INTO audit_entries VALUES (one.*);
      END $$`);
    await signCheckpoint(store, key, undefined, { now: Date.now() - yearMs });
    const signer = start(file);
    await signer.sign();
    expect((await kept()).seq).toBe(1);
    await owner.query("SELECT drop_audit_month('2020-01-01')");
    await write();
    await signer.sign();
    expect(signer.refusal()).toBeNull();
    expect((await kept()).seq).toBe(3);
  });
});

describe('the file', () => {
  it('that cannot be written is warned of, and written once it can be', async () => {
    const place = join(folder, randomUUID());
    const signer = start(join(place, 'checkpoint.json'));
    await write();
    await signer.sign();
    expect(await signedUpTo()).toBe(1);
    expect(signer.refusal()).toBeNull();
    expect(signer.logged('warn')).toMatchObject([{ err: { code: 'ENOENT' } }]);
    await mkdir(place);
    await signer.sign();
    expect(JSON.parse(await readFile(join(place, 'checkpoint.json'), 'utf8'))).toEqual(await newest());
  });

  it('that cannot be read, or is none, holds up signatures until it can be', async () => {
    await mkdir(file);
    const signer = start(file);
    await write();
    await signer.sign();
    expect(signer.refusal()).toMatch(/^KEYFERRY_AUDIT_CHECKPOINT_FILE cannot be read/);
    expect(await signedUpTo()).toBe(0);
    await rm(file, { recursive: true });
    await signer.sign();
    expect(signer.refusal()).toBeNull();
    expect(await signedUpTo()).toBe(1);
  });

  it('of one API may be that of another too', async () => {
    const [one, other] = [start(file), start(file)];
    await write();
    await one.sign();
    await write();
    await other.sign();
    await write();
    await Promise.all([one.sign(), other.sign()]);
    expect([one.refusal(), other.refusal()]).toEqual([null, null]);
    expect((await kept()).seq).toBe(3);
  });
});

it('an API that refuses to sign says so, and does everything else', async () => {
  const api = await startForTest({ databaseUrl, signingKey: key, checkpointFile: file });
  try {
    const metric = async () => /^keyferry_audit_signing_refused (\d)$/m.exec((await get('/metrics')).text)?.[1];
    const get = (path: string) => api.ask(adminToken, 'GET', path);
    await write();
    await get('/v1/audit/export');
    expect(await metric()).toBe('0');
    expect((await get('/v1/overview')).json.audit_log).toEqual({ not_signed: null });
    await owner.query(`${rewrite(1)}; DELETE FROM audit_checkpoints`);
    const { status, text } = await get('/v1/audit/export');
    expect(status).toBe(200);
    expect(text).toContain('somebody else');
    expect(text).not.toContain('"checkpoint"');
    expect(await metric()).toBe('1');
    const overview = async () => (await get('/v1/overview')).json.reasons;
    await expect.poll(overview, { timeout: 10_000 }).toContainEqual({
      health: 'attention',
      code: 'audit_log_not_signed',
      message: expect.stringContaining('The signed checkpoint of entry 1 is missing.'),
      link: '/v1/audit/checkpoints',
    });
    expect((await get('/readyz')).status).toBe(200);
  } finally {
    await api.stop();
  }
});
