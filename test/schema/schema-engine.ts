import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import { schemaAdapterFactory } from './schema-adapter.ts';

/**
 * Prisma's own schema engine as WebAssembly: what `prisma migrate` downloads as a binary, without the download.
 * Authors migrations, and is the judge of whether ours are what `prisma migrate deploy` would have made.
 */

export const schemaPath = fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url));
export const migrationsDirectory = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** Node's own, which its types leave to the DOM's. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>;
};

type SchemaEngine = engineModule.SchemaEngine;
type MigrationList = Parameters<SchemaEngine['applyMigrations']>[0]['migrationsList'];

/** Schemas and migrations hold everything; nothing is left to other tools. */
const noFilter = { externalTables: [], externalEnums: [] };

let loaded: Promise<void> | undefined;

function load(): Promise<void> {
  loaded ??= (async () => {
    const module = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const bytes = await readFile(new URL('./schema_engine_bg.wasm', module));
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engineModule });
    const bindings = engineModule as unknown as { __wbg_set_wasm(exports: object): void };
    bindings.__wbg_set_wasm(instance.exports);
    (instance.exports as unknown as { __wbindgen_start(): void }).__wbindgen_start();
  })();
  return loaded;
}

async function openEngine(databaseUrl: string): Promise<SchemaEngine> {
  await load();
  const datamodel = await readFile(schemaPath, 'utf8');
  const adapter = bindMigrationAwareSqlAdapterFactory(schemaAdapterFactory(databaseUrl));
  return engineModule.SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => undefined, adapter);
}

async function readMigrations(): Promise<MigrationList> {
  const entries = await readdir(migrationsDirectory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return {
    baseDir: migrationsDirectory,
    shadowDbInitScript: '',
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(`${migrationsDirectory}/migration_lock.toml`, 'utf8'),
    },
    migrationDirectories: await Promise.all(
      names.sort().map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(`${migrationsDirectory}/${path}/migration.sql`, 'utf8'),
          },
        },
      })),
    ),
  };
}

/** What `prisma migrate deploy` does: applies the migrations that the database lacks and answers their names. */
export async function deployMigrations(databaseUrl: string): Promise<string[]> {
  const engine = await openEngine(databaseUrl);
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await readMigrations(),
      filters: noFilter,
    });
    return appliedMigrationNames;
  } finally {
    engine.free();
  }
}

/**
 * The SQL that leads from the database, as it stands, to `schema.prisma`; null when they agree. On a database that was
 * just migrated it is the migration to author, or the drift to be ashamed of. What Prisma cannot model (partial indexes,
 * triggers, functions) it does not see.
 */
export async function diffDatabaseToSchema(databaseUrl: string): Promise<string | null> {
  const engine = await openEngine(databaseUrl);
  const files = [{ path: schemaPath, content: await readFile(schemaPath, 'utf8') }];
  try {
    const { stdout, exitCode } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: dirname(schemaPath) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: noFilter,
    });
    return exitCode === 2 ? stdout : null;
  } finally {
    engine.free();
  }
}
