import { sqlState } from './store.ts';

/** Prisma's codes, and the network's, for a database that cannot be reached or has closed the connection. */
const codes = new Set([
  ...['P1000', 'P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'],
]);
/** What its driver says of the same below a raw query, which has one code for everything. */
const kinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
]);
const names = new Set(['PrismaClientInitializationError', 'PrismaClientUnknownRequestError']);
/**
 * Shutting down, starting up, ended by an operator or a time limit; the connection; no connection, disk or memory left; read-only,
 * as a standby is during a failover.
 */
const sqlStates = /^(57|08|53|25006|25P0[34])/;
/** Errors of pg itself, which have no code. */
const messages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed) and is not queryable)/;

/** Whether a query failed because Postgres does not answer now, and may pass when it is asked again. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: { kind?: unknown } } } };
  return (
    codes.has(String(code)) ||
    kinds.has(String(meta?.driverAdapterError?.cause?.kind)) ||
    names.has(error.name) ||
    sqlStates.test(sqlState(error) ?? String(code)) ||
    messages.test(error.message)
  );
}
