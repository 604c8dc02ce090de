import type { Store } from '../store.ts';

/** Takes the turn to have CCKM synchronise one account and Region; false when that was asked for in the last minute. */
export async function claimSynchronization(store: Store, place: { account: string; region: string }): Promise<boolean> {
  const claimed = await store.prisma.$executeRaw`
    INSERT INTO synchronizations (account, region) VALUES (${place.account}, ${place.region})
    ON CONFLICT (account, region) DO UPDATE SET started_at = now(), failure = NULL
    WHERE synchronizations.started_at < now() - interval '1 minute'`;
  return claimed === 1;
}

/** Gives the turn back after a synchronisation that could not be started: the next one may be asked for in five seconds. */
export async function releaseSynchronization(
  store: Store,
  { account, region }: { account: string; region: string },
): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE synchronizations SET started_at = now() - interval '55 seconds'
    WHERE account = ${account} AND region = ${region}`;
}

/** Writes down why the last synchronisation of one account and Region failed. */
export async function noteFailedSynchronization(
  store: Store,
  { account, region }: { account: string; region: string },
  said: string,
): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE synchronizations SET failure = ${said} WHERE account = ${account} AND region = ${region}`;
}

/** When the last synchronisation of one account and Region was asked for, and why it failed; null: it did not. */
export async function readFailedSynchronization(
  store: Store,
  { account, region }: { account: string; region: string },
): Promise<{ at: Date; said: string } | null> {
  const [failed] = await store.prisma.$queryRaw<{ at: Date; said: string }[]>`
    SELECT started_at AS at, failure AS said FROM synchronizations
    WHERE account = ${account} AND region = ${region} AND failure IS NOT NULL`;
  return failed ?? null;
}
