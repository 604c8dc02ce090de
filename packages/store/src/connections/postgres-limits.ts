/** How long Keyferry waits for Postgres, milliseconds. docs/operations/postgres-and-redis.md lists them. */
export const postgresLimits = {
  /** To connect, with TLS and login. */
  connectMs: 5_000,
  /** A query without a byte of answer for so long is checked from another connection: it may be slow, or its connection dead. */
  silentMs: 4_000,
  /** A query without an answer ends after this where that check cannot be made either. */
  awayMs: 20_000,
  /** A statement at most, unless its transaction sets another limit: Postgres ends it (57014). */
  statementMs: 120_000,
  /** A transaction whose client says nothing for so long is ended by Postgres, so that its locks are free. */
  idleInTransactionMs: 30_000,
  /** A pooled connection at most, in use or not: what a failover or a changed address left behind ends. */
  lifetimeMs: 30 * 60_000,
  /** Before the first TCP keepalive probe on an idle connection. */
  keepAliveMs: 10_000,
} as const;
