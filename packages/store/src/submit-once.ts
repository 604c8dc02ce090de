import { isEverywhere, type Scope } from '@keyferry/core';
import { type Connection, inTransaction, type Store, type Transaction } from './store.ts';

/** What can be submitted under a caller's own name. */
export type Submitted = 'plan' | 'drill';

/** The caller's own name for a submission, with the hash of its body. */
export interface Idempotency {
  readonly key: string;
  readonly bodySha256: string;
}

/** A submission by whom; without `idempotency` each is another one. */
export interface Submission {
  readonly createdBy: string;
  readonly scope: Scope;
  readonly idempotency: Idempotency | null;
}

/** The caller has used the key before, for something else. */
export class SubmissionConflict extends Error {
  override readonly name = 'SubmissionConflict';
  readonly what: Submitted;
  readonly id: string;

  constructor(what: Submitted, id: string) {
    super(`The idempotency key was used for ${what} ${id}.`);
    this.what = what;
    this.id = id;
  }
}

/** How long an idempotency key is remembered. */
const idempotencyHours = 24;

/**
 * Makes what is submitted with the record of its idempotency key, in one transaction; of two submissions with one key, one
 * makes it. Throws SubmissionConflict.
 */
export function submitOnce(
  store: Store,
  what: Submitted,
  by: Submission,
  make: (tx: Transaction) => Promise<string>,
): Promise<{ readonly id: string; readonly created: boolean }> {
  return inTransaction(store, async (tx) => {
    const { idempotency } = by;
    if (idempotency === null) return { id: await make(tx), created: true };
    // Holds off a second submission with this key until this transaction has ended.
    const caller = submitter(by);
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${caller}\n${idempotency.key}`}, 0))`;
    const known = await findSubmission(tx, what, by);
    if (known !== null) return { id: known, created: false };
    await tx.$executeRaw`DELETE FROM idempotency_keys WHERE caller = ${caller} AND key = ${idempotency.key}`;
    const id = await make(tx);
    const made = what === 'plan' ? { planId: id } : { drillId: id };
    await tx.idempotencyKey.create({ data: { caller, ...idempotency, ...made } });
    return { id, created: true };
  });
}

/** What this submission has made before; null: nothing that is remembered. Throws SubmissionConflict. */
export async function findSubmission(db: Connection, what: Submitted, by: Submission): Promise<string | null> {
  if (by.idempotency === null) return null;
  const { key, bodySha256 } = by.idempotency;
  const [known] = await db.$queryRaw<{ what: Submitted; id: string; same: boolean }[]>`
    SELECT CASE WHEN drill_id IS NULL THEN 'plan' ELSE 'drill' END AS what, coalesce(plan_id, drill_id) AS id,
      body_sha256 = ${bodySha256} AS same
    FROM idempotency_keys
    WHERE caller = ${submitter(by)} AND key = ${key} AND created_at >= now() - make_interval(hours => ${idempotencyHours})`;
  if (known === undefined) return null;
  if (known.what !== what || !known.same) throw new SubmissionConflict(known.what, known.id);
  return known.id;
}

/** Forgets keys that count no more. */
export async function dropOldSubmissions({ prisma }: Store): Promise<void> {
  await prisma.$executeRaw`
    DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(hours => ${idempotencyHours})`;
}

/** Whose an idempotency key is: a caller's, and of each scope for itself. No caller's name has a space. */
function submitter({ createdBy, scope }: Pick<Submission, 'createdBy' | 'scope'>): string {
  return isEverywhere(scope) ? createdBy : `${createdBy} ${JSON.stringify([scope.accounts, scope.regions])}`;
}
