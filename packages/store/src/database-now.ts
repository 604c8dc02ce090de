import type { Connection } from './store.ts';

/** Now, by the database's clock: what every process agrees on. In a transaction: when it began. */
export async function databaseNow(db: Connection): Promise<Date> {
  const [clock] = await db.$queryRaw<{ now: Date }[]>`SELECT now()`;
  if (!clock) throw new Error('Postgres returned no time.');
  return clock.now;
}
