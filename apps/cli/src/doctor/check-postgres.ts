import { join } from 'node:path';
import type { Config } from '@keyferry/config';
import { findEmbeddedPostgres, type InspectedDatabase, inspectDatabase } from '@keyferry/store';
import { address, isLocal, reasonOf, unclearAddress } from './address.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const check = 'postgres';
const oldest = 140_000;

/** SQLSTATEs and codes of the network that a person can do something about. */
const refusals: Record<string, [string, string]> = {
  '28P01': ['refuses the password', 'Correct the user and the password in DATABASE_URL.'],
  '28000': ['refuses the login', 'Allow this user and this host in pg_hba.conf, or correct DATABASE_URL.'],
  '3D000': ['has no such database', 'Create the database, or set another in DATABASE_URL.'],
  '53300': ['has no connection left', 'Raise max_connections, or close other connections.'],
  '57P03': ['is starting up or shutting down', 'Wait, then run this again.'],
};

/** The database; `url` is null where nothing more can be asked of it. */
export async function checkPostgres(config: Config): Promise<{ url: string | null; findings: Finding[] }> {
  const directory = join(config.dataDirectory, 'postgres');
  const url = config.database.url ?? (await findEmbeddedPostgres(directory));
  if (url === null) {
    const found = `DATABASE_URL is not set, and no embedded Postgres runs under ${directory}`;
    const advice =
      'Start an API or a worker from this folder, then run this again; or set DATABASE_URL (an embedded Postgres is for one machine).';
    return { url, findings: [warn(check, found, advice)] };
  }
  const place = address(url);
  if (place === null)
    return { url: null, findings: [fail(check, `DATABASE_URL ${unclearAddress}`, 'Then run this again.')] };
  const where = config.database.url === null ? `${place}, embedded under ${directory}` : place;
  let database: InspectedDatabase;
  try {
    database = await inspectDatabase(url);
  } catch (error) {
    return { url: null, findings: [unreachable(where, error)] };
  }
  const schema = checkSchema(database);
  const findings = [checkServer(where, database), schema];
  return schema.status === 'ok' ? { url, findings: [...findings, checkRole(database)] } : { url: null, findings };
}

function unreachable(where: string, error: unknown): Finding {
  const [what, advice] = refusals[(error as { code?: string }).code ?? ''] ?? [
    `cannot be reached: ${reasonOf(error)}`,
    'Check the host and the port in DATABASE_URL, the network, and that Postgres runs.',
  ];
  return fail(check, `${where} ${what}`, advice);
}

function checkServer(where: string, { version, tls, unfit }: InspectedDatabase): Finding {
  const number = `${Math.floor(version / 10_000)}.${version % 10_000}`;
  const found = `Postgres ${number} at ${where}, ${tls ? 'over TLS' : 'without TLS'}`;
  if (version < oldest) return fail(check, found, 'Keyferry needs Postgres 14 or newer.');
  if (unfit !== null) return fail(check, found, unfit);
  if (tls || isLocal(where)) return ok(check, found);
  return warn(check, found, 'Add ?sslmode=verify-full to DATABASE_URL to encrypt the connection.');
}

const migrateAsOwner =
  'Run `npm run migrate` with KEYFERRY_MIGRATION_DATABASE_URL, the role that owns the tables: see docs/operations/postgres-and-redis.md.';

function checkSchema({ missing, newer, refused, role }: InspectedDatabase): Finding {
  const name = 'migrations';
  if (!role.mayReadMigrations) return fail(name, `the role ${role.name} may not read the tables`, migrateAsOwner);
  if (refused !== null) return fail(name, refused, 'Start the version of Keyferry that fits this database.');
  if (newer.length > 0) return ok(name, `${newer.join(', ')} of a newer release, which supports this one`);
  if (missing.length === 0) return ok(name, 'all are applied');
  return warn(
    name,
    `not applied: ${missing.join(', ')}`,
    `${role.mayMigrate ? 'Start an API or a worker of this version: it applies them.' : migrateAsOwner} Until then workers, quotas and plans are not checked.`,
  );
}

/** Whether the audit log is kept from the application itself. */
function checkRole({ role }: InspectedDatabase): Finding {
  const name = 'database role';
  if (!role.ownsTables) return ok(name, `${role.name} does not own the tables`);
  return warn(
    name,
    `${role.name} of DATABASE_URL owns the tables, and can remove the triggers that write the audit log`,
    'Use two roles, one that migrates and one for the API and the workers: see docs/operations/postgres-and-redis.md.',
  );
}
