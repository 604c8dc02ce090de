import type { Prisma } from './generated/client.ts';

/** Inside a transaction; what `prisma.$transaction` hands out. */
export type Transaction = Prisma.TransactionClient;
/** Either of the two, for a query that works in both. */
export type Connection = Pick<Transaction, '$queryRaw' | '$executeRaw'>;
