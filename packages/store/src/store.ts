import type { AuditAction, Role } from '@keyferry/core';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Connection, Transaction } from './connection.ts';
import { openPool } from './connections/open-pool.ts';
import { postgresLimits } from './connections/postgres-limits.ts';
import { KnownRunbooks } from './drills/known-runbooks.ts';
import { Prisma, PrismaClient } from './generated/client.ts';
import { KnownPlans } from './plans/known-plans.ts';
import { noSeal, type Seal } from './seal/seal.ts';

export type { Connection, Transaction };

/** A command of a caller, as the audit log tells of it. */
export interface Command {
  /** Null: nobody that is known. */
  readonly caller: string | null;
  readonly role: Role | null;
  readonly token_id: string | null;
  readonly request_id: string | null;
  /** What the caller calls the request; left out: nothing. */
  readonly caller_request_id?: string | undefined;
  readonly action: AuditAction | null;
}

/** The same access in the name of a caller: every transaction through it that changes something says so in the audit log. */
export function inTheNameOf(store: Store, command: Command): Store {
  return { ...store, command };
}

/** Open access to Postgres. The functions of this package take it as their first argument. */
export interface Store {
  readonly prisma: PrismaClient;
  /** Keeps key policies and secrets of webhooks unreadable where they stand in tables. */
  readonly seal: Seal;
  /** What plans were submitted with, as far as it was asked for lately. */
  readonly plans: KnownPlans;
  /** The same of drills. */
  readonly runbooks: KnownRunbooks;
  /** Its connections to Postgres, now. */
  readonly pool: () => { size: number; inUse: number; idle: number; waiting: number };
  /** In whose name it is changed; left out: Keyferry's own doing. */
  readonly command?: Command;
  close(): Promise<void>;
}

/**
 * Connects to Postgres (lazily: the first query opens a connection). `poolSize` bounds the connections of this process.
 * Connections that break, or die without a word, are dropped from the pool and reported to `onConnectionError`; the next query
 * opens a new one.
 */
export function openStore(options: {
  url: string;
  poolSize?: number;
  applicationName?: string;
  /** None unless given: key policies are stored as they are. */
  seal?: Seal;
  onConnectionError?: (error: Error) => void;
}): Store {
  const onError = options.onConnectionError ?? (() => undefined);
  const pool = openPool({
    url: options.url,
    max: options.poolSize ?? 10,
    applicationName: options.applicationName ?? 'keyferry',
    onError,
  });
  const adapter = new PrismaPg(pool, { onPoolError: onError, onConnectionError: onError });
  const prisma = new PrismaClient({ adapter, transactionOptions: { maxWait: 10_000, timeout: transactionMs } });
  const seal = options.seal ?? noSeal;
  return {
    prisma,
    seal,
    plans: new KnownPlans(prisma, seal),
    runbooks: new KnownRunbooks(seal),
    pool: () => ({
      size: pool.options.max,
      inUse: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** SQLSTATEs after which the same transaction, run again, is expected to pass: deadlock, serialization failure. */
const passing = ['40P01', '40001'];
/** What does not know better must be done within this. */
const transactionMs = 60_000;

/**
 * Runs `work` in one transaction, in the name that the store has; once more, up to four times, when Postgres chose it as a
 * deadlock's victim.
 */
export async function inTransaction<T>(
  store: Store,
  work: (tx: Transaction) => Promise<T>,
  { timeoutMs = transactionMs }: { timeoutMs?: number } = {},
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await store.prisma.$transaction(
        async (tx) => {
          if (timeoutMs > postgresLimits.statementMs) {
            await tx.$executeRaw`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`;
          }
          if (!store.command) return work(tx);
          await tx.$executeRaw`SELECT set_config('keyferry.command', ${JSON.stringify(store.command)}, true)`;
          const result = await work(tx);
          // What the commit would write into the audit log, written now: of a commit that fails Prisma does not tell why.
          await tx.$executeRaw`SET CONSTRAINTS ALL IMMEDIATE`;
          return result;
        },
        { timeout: timeoutMs },
      );
    } catch (error) {
      if (tries >= 5 || !passing.some((code) => sqlState(error) === code)) throw error;
    }
  }
}

/** The SQLSTATE of a failed query, wherever Prisma put it; null when the error is of another kind. */
export function sqlState(error: unknown): string | null {
  const seen = new Set<unknown>();
  for (let at: unknown = error; typeof at === 'object' && at !== null && !seen.has(at); ) {
    seen.add(at);
    const { originalCode, meta, cause, driverAdapterError, code } = at as Record<string, unknown>;
    if (typeof originalCode === 'string') return originalCode;
    if (code === 'P2034') return '40001';
    if (typeof (meta as { code?: unknown } | undefined)?.code === 'string') return (meta as { code: string }).code;
    at = driverAdapterError ?? (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError ?? cause;
  }
  return null;
}

/** Rows for `jsonb_to_recordset`: one parameter for a batch of any size. */
export function records(rows: readonly object[]): Prisma.Sql {
  return Prisma.sql`${JSON.stringify(rows)}::jsonb`;
}

export { Prisma };
