import type { Store } from '../store.ts';

/** Takes the turn to have CCKM synchronise one account and Region; false when that was asked for in the last minute. */
export async function claimSynchronization(store: Store, place: { account: string; region: string }): Promise<boolean> {
  const claimed = await store.prisma.$executeRaw`
    INSERT INTO synchronizations (account, region) VALUES (${place.account}, ${place.region})
    ON CONFLICT (account, region) DO UPDATE SET started_at = now()
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
