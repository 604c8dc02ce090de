import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { replicaTransitions, version } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import { migrate } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrationsTable } from '../../packages/store/src/migrate.ts';
import { asApplication } from '../harness/as-application.ts';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { type PrivateServer, startPostgres } from '../servers/index.ts';
import { currentSql, readSqlFiles } from './current-sql.ts';
import { deployMigrations, diffDatabaseToSchema, migrationsDirectory } from './schema-engine.ts';

const names = readdirSync(migrationsDirectory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

let server: PrivateServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

async function ask<T extends object>(databaseUrl: string, sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function newDatabase(): Promise<string> {
  const url = new URL(server.url);
  url.pathname = `/schema_${randomUUID().replaceAll('-', '')}`;
  await ask(server.url, `CREATE DATABASE ${url.pathname.slice(1)}`);
  return url.href;
}

test('the migrations lead to what schema.prisma says, and nothing else', async () => {
  const database = await newDatabase();
  expect(await migrate(database)).toEqual(names);
  expect(await diffDatabaseToSchema(database)).toBeNull();
});

test('prisma/sql says what the functions and triggers are by now (npm run sql:write)', async () => {
  const database = await newDatabase();
  await migrate(database);
  const files = readSqlFiles();
  for (const [file, text] of await currentSql(database, files)) expect([file, files.get(file)]).toEqual([file, text]);
  await ask(
    database,
    'CREATE FUNCTION forgotten() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; DROP TRIGGER replicas_are_kept ON replicas',
  );
  const guards = (await currentSql(database, files)).get('guards.sql') ?? '';
  expect([guards.includes('public.forgotten()'), guards.includes('TRIGGER replicas_are_kept')]).toEqual([true, false]);
});

test('a drift is noticed', async () => {
  const database = await newDatabase();
  await migrate(database);
  await ask(database, 'ALTER TABLE plans ADD COLUMN forgotten text');
  expect(await diffDatabaseToSchema(database)).toMatch(/DROP COLUMN "forgotten"/);
});

test("prisma's own engine takes over where our migrator ended, and the other way round", async () => {
  const ours = await newDatabase();
  await migrate(ours);
  expect(await deployMigrations(ours)).toEqual([]);
  const theirs = await newDatabase();
  expect(await deployMigrations(theirs)).toEqual(names);
  expect(await migrate(theirs)).toEqual([]);
});

test('npm run migrate makes a database ready for a role that owns nothing; without its owner it says what to do', async () => {
  const database = await newDatabase();
  const application = asApplication(database);
  const run = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, ['apps/api/src/migrate.ts'], { env: { ...bareEnvironment, ...env } });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(said).not.toContain(':test@');
    return { code, said };
  };
  const ready = await run({ DATABASE_URL: application, KEYFERRY_MIGRATION_DATABASE_URL: database });
  expect(ready).toEqual({ code: 0, said: expect.stringContaining(names.at(-1) ?? '') });
  expect(await ask(application, 'SELECT count(*)::int AS plans FROM plans')).toEqual([{ plans: 0 }]);
  expect((await run({ DATABASE_URL: application })).code).toBe(0);
  await ask(database, 'DELETE FROM _prisma_migrations WHERE migration_name = $1', [names.at(-1)]);
  expect(await run({ DATABASE_URL: application })).toEqual({
    code: 1,
    said: expect.stringMatching(/lacks 1 migrations .*Run `npm run migrate` .*KEYFERRY_MIGRATION_DATABASE_URL/),
  });
});

test('processes that start at once migrate once', async () => {
  const database = await newDatabase();
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(database)));
  expect(applied.flat().sort()).toEqual(names);
});

test('a migration that was changed afterwards, or that a newer version applied, is refused with what to do', async () => {
  const database = await newDatabase();
  await migrate(database);
  await ask(database, "UPDATE _prisma_migrations SET checksum = 'other'");
  await expect(migrate(database)).rejects.toThrow(/was changed after it was applied/);
  await ask(database, "UPDATE _prisma_migrations SET migration_name = '29990101000000_later'");
  await expect(migrate(database)).rejects.toThrow(/used by a newer one/);
});

test('a release starts on the schema of a newer one that lets it, and says so; on any other it refuses', async () => {
  const database = await newDatabase();
  await migrate(database);
  await ask(database, "CREATE FUNCTION of_the_owner() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  await ask(
    database,
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '2', '29990101000000_later', now())",
  );
  const lines: string[] = [];
  const log = createLog('test', 'info', { write: (line) => lines.push(line) });
  expect(await migrate(database, { log })).toEqual([]);
  expect(lines.join('')).toMatch(/29990101000000_later.*newer release/);

  const application = asApplication(database);
  await expect(migrate(application)).rejects.toThrow(/may not read the tables/);
  await ask(database, 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO keyferry_app');
  await ask(database, 'REVOKE EXECUTE ON FUNCTION of_the_owner() FROM PUBLIC');
  expect(await migrate(application, { migrationUrl: database })).toEqual([]);
  const [rights] = await ask(
    database,
    "SELECT has_function_privilege('keyferry_app', 'of_the_owner()', 'EXECUTE') AS runs, has_table_privilege('keyferry_app', 'plans', 'INSERT') AS writes",
  );
  // The rights are those that the newer release gave.
  expect(rights).toEqual({ runs: false, writes: false });

  await ask(database, "UPDATE oldest_release SET version = '0.10.0'");
  for (const url of [database, application])
    await expect(migrate(url)).rejects.toThrow(/29990101000000_later.* 0\.10\.0 is the oldest/);
  await ask(database, 'DROP TABLE oldest_release');
  await expect(migrate(database)).rejects.toThrow(/used by a newer one/);
});

test('the oldest release that may run on the schema is no newer than this one', async () => {
  const database = await newDatabase();
  await migrate(database);
  const rows = await ask<{ version: string }>(database, 'SELECT version FROM oldest_release');
  expect(rows.map((row) => row.version.localeCompare(version, 'en', { numeric: true }) <= 0)).toEqual([true]);
});

test('migrations stay as they were released: prisma/migrations/checksums.sha256 has a line for each, and only grows', () => {
  const lines = names.map((name) => {
    const sql = readFileSync(`${migrationsDirectory}/${name}/migration.sql`);
    return `${createHash('sha256').update(sql).digest('hex')}  ${name}/migration.sql\n`;
  });
  expect(readFileSync(`${migrationsDirectory}/checksums.sha256`, 'utf8')).toBe(lines.join(''));
});

test('a database of the last 0.1 goes on from the baseline; one of a version before is refused with what to do', async () => {
  const [baseline = '', ...later] = names;
  const asLeftBy = async (...applied: string[]) => {
    const database = await newDatabase();
    await ask(database, readFileSync(`${migrationsDirectory}/${baseline}/migration.sql`, 'utf8'));
    await ask(database, migrationsTable);
    for (const name of applied) {
      await ask(
        database,
        "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES (left($1, 36), 'its own', $1, now())",
        [name],
      );
    }
    return database;
  };
  const last = await asLeftBy('20261123220000_plans_and_replicas', '20261202203000_one_outbox');
  expect(await migrate(last)).toEqual(later);
  expect(await migrate(last)).toEqual([]);
  expect(await deployMigrations(last)).toEqual([]);
  const older = await asLeftBy('20261123220000_plans_and_replicas');
  await expect(migrate(older)).rejects.toThrow(/Start the last 0\.1 on it once, then this version/);
});

test('the database allows the transitions of a replica that core allows', async () => {
  const database = await newDatabase();
  await migrate(database);
  const rows = await ask<{ transition: string }>(
    database,
    "SELECT from_state::text || ' → ' || to_state::text AS transition FROM replica_transitions ORDER BY 1",
  );
  const pairs = Object.entries(replicaTransitions).flatMap(([from, to]) => to.map((one) => `${from} → ${one}`));
  expect(rows.map((row) => row.transition).sort()).toEqual(pairs.sort());
});
