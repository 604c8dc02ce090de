import pg from 'pg';

/** A statement as it went to Postgres. */
export interface RecordedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Records every statement that this process sends to Postgres by a connection opened from now on. `during` answers those of
 * one piece of work; `stop` ends it for connections that are opened later.
 */
export function recordQueries(): { during(work: () => Promise<unknown>): Promise<RecordedQuery[]>; stop(): void } {
  let recorded: RecordedQuery[] = [];
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  pg.Client.prototype.query = function record(this: pg.Client, ...given: unknown[]) {
    const [asked, values] = given as [string | Partial<RecordedQuery>, unknown];
    const text = typeof asked === 'string' ? asked : asked.text;
    const own = typeof asked === 'string' ? values : (asked.values ?? values);
    if (text !== undefined) recorded.push({ text, values: Array.isArray(own) ? own : [] });
    return query.apply(this, given);
  } as typeof pg.Client.prototype.query;
  return {
    async during(work) {
      recorded = [];
      await work();
      return recorded;
    },
    stop() {
      pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
    },
  };
}
