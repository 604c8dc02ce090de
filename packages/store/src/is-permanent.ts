import { isDatabaseAway } from './is-database-away.ts';
import { sqlState } from './store.ts';

/**
 * SQLSTATE classes of statements that fail each time they run with the same data: not supported, wrong data (22), violated
 * constraint (23), wrong or not permitted statement (42), a value over a limit of Postgres (54), refused by a trigger (P0).
 * Of the others (connection, transaction, resources, operator, lock, system) each may pass.
 */
const permanentClasses = /^(0A|2[0123]|42|44|54|P0)/;

/** Errors of Prisma and of this process before anything was sent: a time that is none, a text that cannot be encoded. */
const ownErrors = new Set(['TypeError', 'RangeError', 'SyntaxError', 'URIError', 'PrismaClientValidationError']);

/** Whether the same write, run again, fails again. */
export function isPermanentFailure(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return permanentClasses.test(state);
  return error instanceof Error && !isDatabaseAway(error) && ownErrors.has(error.name);
}
