import { setTimeout as pause } from 'node:timers/promises';
import { type CckmClient, CckmError } from '@keyferry/cckm';

/** How long CCKM may take to read one key from AWS. */
const answerWithinMs = 10_000;
const betweenReadsMs = 1_000;
const pageSize = 100;
/** Where CCKM does not filter by container, so many pages are searched for a key of the account. */
const pagesRead = 10;

/**
 * Whether AWS answers CCKM in an account and Region, asked without changing anything: CCKM reads a key there anew (`refresh`,
 * version 2.22 on), and a later time of its record proves that AWS has answered. Null: it cannot be told, since CCKM lists
 * no key there, offers no refresh, or dates none.
 */
export async function regionAnswers(
  cckm: CckmClient,
  { account, region }: { account: string; region: string },
): Promise<true | null> {
  try {
    const key = await findDatedKey(cckm, { account, region });
    if (key === null || !(await cckm.refreshKey(key.id))) return null;
    for (const until = Date.now() + answerWithinMs; Date.now() < until; ) {
      await pause(betweenReadsMs);
      const { syncedAt = null } = (await cckm.findById(key.id)).value ?? {};
      if (syncedAt !== null && syncedAt > key.syncedAt) return true;
    }
  } catch (error) {
    if (!(error instanceof CckmError)) throw error;
  }
  return null;
}

/** A key of the account in the Region whose record says when it was read from AWS. */
async function findDatedKey(
  cckm: CckmClient,
  { account, region }: { account: string; region: string },
): Promise<{ id: string; syncedAt: Date } | null> {
  const { value: containers } = await cckm.listKmsContainers();
  const own = containers.filter((one) => one.account === account && !one.archived);
  for (const { id: kmsId } of own) {
    let pages = 0;
    for await (const { value } of cckm.eachKeyPage({ kms_id: kmsId, region, gone: false }, { pageSize })) {
      for (const { id, syncedAt, ...key } of value) {
        if (key.account === account && key.region === region && syncedAt !== null) return { id, syncedAt };
      }
      pages += 1;
      if (pages >= pagesRead) break;
    }
  }
  return null;
}
