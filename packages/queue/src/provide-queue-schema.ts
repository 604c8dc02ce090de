import pg from 'pg';
import { schema } from './queue-schema.ts';

/** Any number, the same in every process. */
const schemaLock = 7_362_148_073;
const answerWithinMs = 60_000;

/**
 * Makes the schema for BullMQ's tables, in which the role of `databaseUrl` may create: it migrates them by itself, so nothing
 * that it makes there is ever run by the owner of the other tables. Tables of another role, of an installation that had
 * only one, are dropped: workers add lost jobs again.
 */
export async function provideQueueSchema(urls: { databaseUrl: string; migrationUrl: string }): Promise<void> {
  const application = open(urls.databaseUrl);
  const owner = open(urls.migrationUrl);
  try {
    await Promise.all([application.connect(), owner.connect()]);
    const { rows } = await application.query<{ role: string }>('SELECT current_user AS role');
    const role = rows[0]?.role ?? '';
    await owner.query('BEGIN');
    await owner.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
    const { exists, foreign } = await find(owner, role);
    const to = pg.escapeIdentifier(role);
    if (foreign) await owner.query(`DROP SCHEMA ${schema} CASCADE`);
    if (foreign || !exists) {
      await owner.query(`CREATE SCHEMA ${schema}; GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${to}`);
    }
    await owner.query('COMMIT');
  } finally {
    await Promise.allSettled([application.end(), owner.end()]);
  }
}

/** `foreign`: it is there, and not for this role. */
async function find(owner: pg.Client, role: string): Promise<{ exists: boolean; foreign: boolean }> {
  const { rows } = await owner.query<{ mine: boolean }>(
    `SELECT has_schema_privilege($2, n.oid, 'CREATE') AND NOT EXISTS (SELECT 1 FROM pg_class c
       WHERE c.relnamespace = n.oid AND c.relname = 'migration' AND NOT pg_has_role($2, c.relowner, 'USAGE')) AS mine
     FROM pg_namespace n WHERE n.nspname = $1`,
    [schema, role],
  );
  const [found] = rows;
  return { exists: found !== undefined, foreign: found?.mine === false };
}

function open(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: answerWithinMs,
    application_name: 'keyferry-queue',
  });
  client.on('error', () => undefined);
  return client;
}
