import { Prisma, type Store } from '../store.ts';

/** For so long after somebody has looked the estate is kept fresh. */
export const estateWantedSince = Prisma.sql`now() - interval '10 minutes'`;
/** After a reading that failed, before the next. */
const pauseSeconds = 30;

/** Notes that somebody looks at the estate, and tells the workers: one reads it, if what was read is old. */
export async function wantEstate({ prisma }: Store): Promise<void> {
  await prisma.$queryRaw`
    WITH wanted AS (
      UPDATE estate SET wanted_at = now() WHERE wanted_at IS NULL OR wanted_at < now() - interval '5 seconds' RETURNING 1
    )
    SELECT pg_notify('keyferry_work', '')::text FROM wanted`;
}

/**
 * Claims the reading of the estate for a worker: true when somebody looks, what was read is older than `maxAgeMs`, and no
 * living worker reads it already.
 */
export async function claimEstate({ prisma }: Store, workerId: string, maxAgeMs: number): Promise<boolean> {
  const claimed = await prisma.$executeRaw`
    UPDATE estate SET reading_by = ${workerId}::uuid, reading_since = now()
    WHERE wanted_at > ${estateWantedSince}
      AND (read_at IS NULL OR read_at < now() - make_interval(secs => ${maxAgeMs / 1_000}))
      AND (failed_at IS NULL OR failed_at < now() - make_interval(secs => ${pauseSeconds}))
      AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = reading_by AND w.alive_until > now())`;
  return claimed > 0;
}

/** Lets go of a reading that came to nothing; `error` says why, null: the worker is stopped. */
export async function releaseEstate(
  { prisma }: Store,
  workerId: string,
  error: { code: string; message: string } | null,
): Promise<void> {
  const told = error === null ? null : JSON.stringify(error);
  await prisma.$executeRaw`
    UPDATE estate SET reading_by = NULL, reading_since = NULL,
      failed_at = CASE WHEN ${told}::jsonb IS NULL THEN failed_at ELSE now() END, error = coalesce(${told}::jsonb, error)
    WHERE reading_by = ${workerId}::uuid`;
}
