import {
  archiveNext,
  dropOldChanges,
  dropOldEvents,
  dropOldFailures,
  dropOldSubmissions,
  type Store,
} from '@keyferry/store';

/** Takes away what is kept for a time only, and archives the plans whose time has come (`null`: none ever). */
export async function keepHouse(store: Store, archiveAfterDays: number | null, signal: AbortSignal): Promise<void> {
  await dropOldEvents(store);
  await dropOldChanges(store);
  await dropOldSubmissions(store);
  await dropOldFailures(store);
  if (archiveAfterDays === null) return;
  while (!signal.aborted && (await archiveNext(store, archiveAfterDays)));
}
