import type pg from 'pg';
import { postgresLimits } from './postgres-limits.ts';

/**
 * What Keyferry's SQL and the driver's parsing rely on. Set by statements once connected, not as startup parameters: poolers
 * refuse those, or ignore them.
 */
const required: Readonly<Record<string, string>> = {
  // The driver reads timestamps as if the session were in UTC.
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
  // Its compiler takes longer than our statements; it comes in where a table has grown since its statistics.
  jit: 'off',
  statement_timeout: String(postgresLimits.statementMs),
  idle_in_transaction_session_timeout: String(postgresLimits.idleInTransactionMs),
};

/** Which process of Postgres serves a connection. */
export interface Backend {
  readonly pid: number;
  /** Tells it from a later process with the same id; empty where Postgres does not show it. */
  readonly startedAt: string;
}

/** Sets the session of a new connection, with `more` on top; answers its backend. Rejects where a setting did not take. */
export async function setSession(client: pg.ClientBase, more: Readonly<Record<string, string>> = {}): Promise<Backend> {
  const settings = Object.entries({ ...required, ...more });
  const { rows } = await client.query<{ pid: number; started_at: string; zone: string }>({
    text: `SELECT pg_backend_pid() AS pid, current_setting('TimeZone') AS zone,
       coalesce((SELECT extract(epoch FROM backend_start)::text FROM pg_stat_activity WHERE pid = pg_backend_pid()), '') AS started_at
     FROM (SELECT count(set_config(name, value, false)) AS set
           FROM unnest($1::text[], $2::text[]) AS s(name, value)) AS done WHERE done.set >= 0`,
    values: [settings.map(([name]) => name), settings.map(([, value]) => value)],
    query_timeout: postgresLimits.connectMs,
  } as pg.QueryConfig);
  const [row] = rows;
  if (row === undefined || !['UTC', 'Etc/UTC'].includes(row.zone)) {
    throw new Error(
      `The session of Postgres is in the time zone ${row?.zone ?? '(unknown)'}, and SET did not change it.`,
    );
  }
  return { pid: row.pid, startedAt: row.started_at };
}
