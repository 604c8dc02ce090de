import { createLog } from '@keyferry/log';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { insertToken } from '../access/api-tokens.ts';
import { migrate } from '../migrate.ts';
import { provideDatabase } from '../provide-database.ts';
import { inTheNameOf, openStore, type Store } from '../store.ts';
import { applicationRights } from './application-rights.ts';

const log = createLog('test', 'silent');
let server: PrivateServer;
let owner: pg.Client;
let application: pg.Client;
let store: Store;
/** Of a role that owns the database and is no superuser. */
let migrationUrl: string;
let applicationUrl: string;

const as = (role: string, database: string) => {
  const url = new URL(server.url);
  url.username = role;
  url.password = role === 'keyferry' ? url.password : `${role}-password`;
  url.pathname = `/${database}`;
  return url.href;
};
async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
const provide = (urls: { url: string; migrationUrl: string | null }) => provideDatabase(urls, '/nowhere', log);

beforeAll(async () => {
  server = await startPostgres();
  const admin = await connect(server.url);
  await admin.query("CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'owner-password'");
  await admin.query("CREATE ROLE insider LOGIN PASSWORD 'insider-password' IN ROLE owner");
  await admin.query('CREATE DATABASE two_roles OWNER owner');
  await admin.query('CREATE DATABASE empty_one');
  await admin.end();
  migrationUrl = as('owner', 'two_roles');
  applicationUrl = as('application', 'two_roles');
  await provide({ url: applicationUrl, migrationUrl });
  await migrate(applicationUrl, { log, migrationUrl });
  owner = await connect(migrationUrl);
  application = await connect(applicationUrl);
  store = openStore({ url: applicationUrl });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await Promise.all([owner?.end(), application?.end()]);
  await server?.stop();
});

const newToken = (name: string) => ({
  ...{ name, sha256: name.padEnd(64, '0'), role: 'viewer' as const, expiresAt: null, createdBy: 'admin' },
  scope: { accounts: null, regions: null },
});

it('a change by the application writes its entry into the log, once, and no setting keeps it out', async () => {
  const command = {
    caller: 'ann',
    role: 'admin' as const,
    token_id: null,
    request_id: 'r-1',
    action: 'token.create' as const,
  };
  await insertToken(inTheNameOf(store, command), newToken('first'));
  const { rows } = await owner.query("SELECT caller, action FROM audit_entries WHERE object_type = 'token'");
  expect(rows).toEqual([{ caller: 'ann', action: 'token.create' }]);

  const { rows: tokens } = await application.query('SELECT id FROM api_tokens');
  const id = tokens[0]?.id as string;
  await application.query(`CREATE TEMP TABLE audit_head AS SELECT * FROM public.audit_head;
    CREATE TEMP TABLE audit_entries AS SELECT * FROM public.audit_entries`);
  await application.query(`BEGIN; SET LOCAL keyferry.told = E'token ${id}\\n'; SET LOCAL search_path = pg_temp, public;
    UPDATE api_tokens SET revoked_at = now(), revoked_by = 'eve'; UPDATE api_tokens SET revoked_by = 'bob'; COMMIT`);
  const entries = await owner.query('SELECT action FROM audit_entries WHERE object_id = $1 ORDER BY seq', [id]);
  await application.query('DISCARD TEMP');
  expect(entries.rows.map(({ action }) => action)).toEqual(['token.create', 'token.revoke']);
});

describe('the role of the application may not', () => {
  it.each([
    ['ALTER TABLE plans DISABLE TRIGGER ALL', /must be owner of table plans/],
    ['ALTER TABLE audit_entries DISABLE TRIGGER USER', /must be owner/],
    ['DROP TRIGGER plans_submitted ON plans', /must be owner/],
    ['DROP TABLE audit_checkpoints', /must be owner/],
    ['ALTER TABLE plans OWNER TO application', /must be owner/],
    ['ALTER FUNCTION is_approved(plans) RENAME TO was_approved', /must be owner of function/],
    [
      'CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$',
      /permission denied for schema public/,
    ],
    [
      'CREATE FUNCTION append_audit(text, text, text, jsonb) RETURNS void LANGUAGE sql AS $$$$',
      /permission denied for schema public/,
    ],
    ['CREATE TABLE mine (id int)', /permission denied for schema public/],
    ['CREATE SCHEMA mine', /permission denied for database/],
    [
      'CREATE TRIGGER mine BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION refuse_change()',
      /permission denied for table plans/,
    ],
    ['TRUNCATE plans CASCADE', /permission denied/],
    ['TRUNCATE audit_entries', /permission denied/],
    ['INSERT INTO audit_entries SELECT * FROM audit_entries', /permission denied for table audit_entries/],
    ['UPDATE audit_entries SET caller = NULL', /permission denied/],
    ['DELETE FROM audit_entries', /permission denied/],
    ['UPDATE audit_head SET seq = 0', /permission denied for table audit_head/],
    ['UPDATE audit_checkpoints SET seq = 0', /permission denied/],
    ['DELETE FROM audit_checkpoints', /permission denied/],
    ["SELECT provide_audit_month('2020-01-01')", /permission denied for function provide_audit_month/],
    ["SELECT drop_audit_month('2020-01-01')", /permission denied for function drop_audit_month/],
    ["SELECT append_audit('audit', 'audit_entries_2026_01', 'audit.drop', '{}')", /written by its owner/],
    ["SELECT append_audit('plan', 'audit_entries_2026_01', 'audit.drop', '{}')", /written by its owner/],
    ["UPDATE approvals SET approver = 'ann'", /permission denied/],
    ['DELETE FROM approvals', /permission denied/],
    ['DELETE FROM drill_approvals', /permission denied/],
    ['UPDATE drill_findings SET owner = NULL', /permission denied/],
    ["UPDATE api_tokens SET role = 'admin'", /permission denied/],
    ['UPDATE plans SET approvals_required = 0', /permission denied/],
    ["UPDATE plans SET spec = '{}', spec_sha256 = ''", /permission denied/],
    ['UPDATE drills SET approvals_required = 0', /permission denied/],
    ['DELETE FROM plans', /permission denied/],
    ["INSERT INTO replica_transitions VALUES ('failed', 'succeeded')", /permission denied/],
    ["INSERT INTO state_transitions VALUES ('plans', 'cancelled', 'running')", /permission denied/],
    ['DELETE FROM _prisma_migrations', /permission denied/],
    ['SET session_replication_role = replica', /permission denied to set parameter/],
    ['SET ROLE owner', /permission denied to set role/],
    ['GRANT owner TO application', /permission denied to grant role/],
  ])('%s', async (sql, refused) => {
    await expect(application.query(sql)).rejects.toThrow(refused);
  });

  it('write to the partitions of the log', async () => {
    const { rows } = await owner.query<{ name: string }>(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass",
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { name } of rows)
      await expect(application.query(`DELETE FROM ${name}`)).rejects.toThrow(/permission denied/);
  });
});

describe('the database', () => {
  it('gives each table rights, and each function of a trigger a search_path that the application cannot lead astray', async () => {
    const tables = await owner.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition",
    );
    expect(tables.rows.map(({ name }) => name).sort()).toEqual(Object.keys(applicationRights).sort());
    const astray = await owner.query<{ name: string }>(`
      SELECT DISTINCT p.oid::regprocedure::text AS name FROM pg_proc p
      WHERE p.pronamespace = 'public'::regnamespace AND (p.prosecdef OR p.oid IN (SELECT tgfoid FROM pg_trigger WHERE NOT tgisinternal))
        AND NOT coalesce(p.proconfig, '{}') @> '{"search_path=public, pg_temp"}'`);
    // A function that a migration defines anew has lost it: ALTER FUNCTION … SET search_path TO …, pg_temp, as application_role does.
    expect(astray.rows.map(({ name }) => name)).toEqual([]);
  });

  it('that lacks nothing is only read; one that lacks something is refused with what to do', async () => {
    expect(await migrate(applicationUrl)).toEqual([]);
    await owner.query(
      "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name LIKE '%_oldest_release'",
    );
    await expect(migrate(applicationUrl)).rejects.toThrow(
      /lacks 1 migrations \(\d+_oldest_release is the first\).*npm run migrate/,
    );
    await owner.query('UPDATE _prisma_migrations SET rolled_back_at = NULL');
    await expect(migrate(as('application', 'empty_one'))).rejects.toThrow(
      /npm run migrate.*KEYFERRY_MIGRATION_DATABASE_URL/,
    );
  });

  it('is given to no role that could get past the triggers, and one role works as before, with a warning', async () => {
    const lines: string[] = [];
    const told = createLog('test', 'info', { write: (line) => void lines.push(line) });
    expect(await migrate(migrationUrl, { log: told, migrationUrl })).toEqual([]);
    expect(lines.join('')).toMatch(/the role owner of DATABASE_URL owns the tables/);
    await expect(migrate(server.url, { migrationUrl })).rejects.toThrow(/is a superuser/);
    const lent = as('lent', 'two_roles');
    await provide({ url: lent, migrationUrl });
    const admin = await connect(as('keyferry', 'two_roles'));
    await admin.query('GRANT pg_write_all_data TO lent');
    await expect(migrate(lent, { migrationUrl })).rejects.toThrow(
      /more rights than .*: INSERT, UPDATE, DELETE on _prisma_migrations; /,
    );
    await admin.query('REVOKE pg_write_all_data FROM lent; GRANT CREATE ON SCHEMA public TO PUBLIC');
    expect(await migrate(lent, { migrationUrl })).toEqual([]);
    await expect(application.query('CREATE TABLE mine (id int)')).rejects.toThrow(
      /permission denied for schema public/,
    );
    await expect(migrate(as('insider', 'two_roles'), { migrationUrl })).rejects.toThrow(
      /belongs to the role that owns the tables/,
    );
    await admin.end();
  });
});
