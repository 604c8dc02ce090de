import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { connectClient } from './open-pool.ts';

/** Postgres, or what stands before it, cannot be used as it is set up. The message says what to set. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';
}

const answerWithinMs = 5_000;
const poolerHelp =
  'Set pool_mode = session for this database in the pooler, or connect to Postgres itself: see docs/operations/postgres-and-redis.md.';

/**
 * Resolves where every connection has a session of its own and the database is as Keyferry needs it; else rejects with an
 * UnfitDatabase. A pooler in transaction or statement mode gives the same connection of Postgres to several clients: LISTEN,
 * settings of the session and locks would be lost without an error.
 */
export async function checkSession(url: string): Promise<void> {
  const one = await connectClient(url, 'keyferry-check');
  try {
    await checkSettings(one);
    const other = await connectClient(url, 'keyferry-check').catch(async (error: Error) => {
      // Where the first one is silent too, Postgres is away, which passes.
      await query(one, 'SELECT 1');
      throw new UnfitDatabase(
        `Postgres accepts only one connection of Keyferry: ${error.message}. Raise pool_size in the pooler, or max_connections in Postgres: see docs/operations/postgres-and-redis.md.`,
      );
    });
    try {
      if (!(await haveOwnSessions(one, other))) {
        throw new UnfitDatabase(
          `DATABASE_URL points to a pooler in transaction mode, which shares sessions. ${poolerHelp}`,
        );
      }
    } finally {
      await other.end();
    }
  } finally {
    await one.end();
  }
}

/**
 * A setting that one connection has made is lost to it while another holds the connection of Postgres that it was made on, in
 * a transaction; and is seen there.
 */
async function haveOwnSessions(one: pg.Client, other: pg.Client): Promise<boolean> {
  const mark = randomUUID();
  await query(one, `SELECT set_config('keyferry.session', $1, false)`, [mark]);
  try {
    await query(other, 'BEGIN');
    const seen = await readMark(other);
    const kept = await readMark(one);
    await query(other, 'ROLLBACK');
    return seen !== mark && kept === mark;
  } catch (error) {
    if (/statement pooling|transaction blocks not allowed/i.test((error as Error).message)) return false;
    throw error;
  }
}

async function readMark(client: pg.Client): Promise<string | null> {
  const { rows } = await query(client, `SELECT current_setting('keyferry.session', true) AS mark`);
  return (rows[0] as { mark: string | null } | undefined)?.mark ?? null;
}

async function checkSettings(client: pg.Client): Promise<void> {
  const { rows } = await query(client, `SELECT current_setting('server_encoding') AS encoding`);
  const { encoding } = rows[0] as { encoding: string };
  if (encoding !== 'UTF8') {
    throw new UnfitDatabase(
      `The database has the encoding ${encoding}; Keyferry needs UTF8. Create a database with ENCODING 'UTF8' and set it in DATABASE_URL.`,
    );
  }
}

function query(client: pg.Client, text: string, values: unknown[] = []): Promise<pg.QueryResult> {
  return client.query({ text, values, query_timeout: answerWithinMs } as pg.QueryConfig);
}
