import pg from 'pg';

/** How many transactions a database has seen, those of this question included. */
export const readTransactions = (url: string): Promise<number> =>
  readCount(
    url,
    'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
  );

/** How often the changes of plans were looked at there. */
export const readLooksForChanges = (url: string): Promise<number> =>
  readCount(url, "SELECT idx_scan + seq_scan AS count FROM pg_stat_user_tables WHERE relname = 'plan_changes'");

async function readCount(url: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: string }>(sql);
  await client.end();
  return Number(rows[0]?.count);
}
