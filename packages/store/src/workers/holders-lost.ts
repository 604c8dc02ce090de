import { Prisma } from '../store.ts';

/** Work that has outlived so many of its holders, one after the other, may be what ends them: no other gets it. */
export const mostHoldersLost = 3;

/** 1 where a row that `workerId` takes was held by another worker, which never gave it back, else 0. */
export function oneMoreLost(heldBy: Prisma.Sql, workerId: string): Prisma.Sql {
  return Prisma.sql`CASE WHEN ${heldBy} <> ${workerId}::uuid THEN 1 ELSE 0 END`;
}

/** The message for such work. */
export function outlivedHolders(what: string, remedy: string): string {
  return (
    `Given up: ${mostHoldersLost} workers in a row were lost while they ${what}, which may be the cause. ` +
    `Check their logs and memory, then ${remedy}.`
  );
}
