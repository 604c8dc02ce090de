import { afterLook, type CckmKey, type Decision, toReplicaError } from '@keyferry/core';
import { type AttemptRecord, claimLooks, type ReplicaRow } from '@keyferry/store';
import { failureOf, requestIdOf } from './call-failure.ts';
import { asFound } from './found-replica.ts';
import { synchronize } from './synchronize.ts';
import type { WorkContext } from './work-context.ts';

/** Rows looked at in one go. */
const rowsPerLook = 500;
/** Up to this many rows are each asked for by key id; more are read from the Region's list, newest first. */
const askedOneByOne = 8;
const pageSize = 500;
/** Pages read of a Region's list; what is not on them is asked for one by one, some each time. */
const pagesRead = 4;
const leftoversAsked = 50;
/** How soon a look that failed is repeated. */
const retryLookMs = 5_000;

/** Looks at the replicas of one account and Region that are due, and moves each on by what CCKM says. */
interface Place {
  readonly account: string;
  readonly region: string;
}
type LookedAt = ReplicaRow & { planState: string };

export async function watch(context: WorkContext, place: Place): Promise<void> {
  const workerId = context.session.id;
  const rows = await claimLooks(context.store, workerId, place, rowsPerLook);
  if (rows.length === 0) return;
  await context.held.while(
    rows.map((row) => row.id),
    () => look(context, workerId, place, rows),
  );
}

async function look(context: WorkContext, workerId: string, place: Place, rows: readonly LookedAt[]): Promise<void> {
  const startedAt = context.session.now();
  let answers: Answers;
  try {
    answers = await findReplicas(context, place.region, rows);
  } catch (error) {
    await postpone(context, workerId, rows, startedAt, error);
    return;
  }
  const settled = await Promise.all(rows.map((row) => settle(context, workerId, row, startedAt, answers)));
  if (settled.some((decision) => decision?.synchronize)) await synchronize(context, place);
}

interface Answers {
  /** By AWS key id; null: CCKM was asked and lists none. A key that is missing was not asked for. */
  readonly replicas: ReadonlyMap<string, CckmKey | null>;
  readonly httpStatus: number;
  readonly requestId: string | null;
}

async function findReplicas(context: WorkContext, region: string, rows: readonly ReplicaRow[]): Promise<Answers> {
  const wanted = new Set(rows.map((row) => row.mrk));
  const replicas = new Map<string, CckmKey | null>();
  let requestId: string | null = null;
  if (wanted.size > askedOneByOne) {
    let pages = 0;
    const filter = { region, multi_region: true, multi_region_key_type: 'REPLICA' };
    for await (const page of context.cckm.eachKeyPage(filter, { pageSize, sort: '-updatedAt' })) {
      requestId = page.requestId;
      for (const key of page.value) {
        if (key.keyId !== null && wanted.has(key.keyId) && key.region === region && !key.gone)
          replicas.set(key.keyId, key);
      }
      pages += 1;
      if (replicas.size === wanted.size || pages >= pagesRead) break;
    }
  }
  const missing = [...wanted].filter((mrk) => !replicas.has(mrk)).slice(0, leftoversAsked);
  for (const mrk of missing) {
    const answer = await context.cckm.findMembers(mrk, { region });
    requestId = answer.requestId;
    replicas.set(mrk, answer.value.find((key) => key.region === region && !key.gone) ?? null);
  }
  return { replicas, httpStatus: 200, requestId };
}

async function settle(
  context: WorkContext,
  workerId: string,
  row: LookedAt,
  startedAt: Date,
  { replicas, httpStatus, requestId }: Answers,
): Promise<Decision | null> {
  const found = replicas.get(row.mrk);
  if (found === undefined) {
    await context.outcomes.write(workerId, { row, changes: { nextLookAt: context.session.now() }, attempts: [] });
    return null;
  }
  const spec = await context.plans.specOf(row.planId);
  const decision = afterLook(row, found && (await asFound(context, row, found)), {
    now: context.session.now(),
    random: context.random,
    watch: context.config.verify,
    importMaterial: spec.options.import_material,
    cancelled: row.planState === 'cancelled',
    maxAttempts: spec.options.max_attempts,
  });
  const attempts: AttemptRecord[] = tellsSomething(row, decision.changes)
    ? [
        {
          operation: row.unsettledSince === null ? 'verify' : 'reconcile',
          startedAt,
          finishedAt: context.session.now(),
          httpStatus,
          error: decision.changes.error ?? null,
          requestId,
          note: decision.note,
        },
      ]
    : [];
  await context.outcomes.write(workerId, { row, changes: decision.changes, attempts });
  return decision;
}

/** Looks that find nothing new stay out of the attempt log: a replica may be looked at for twenty minutes. */
function tellsSomething(row: ReplicaRow, changes: Partial<ReplicaRow>): boolean {
  return (
    row.unsettledSince !== null ||
    (changes.state !== undefined && changes.state !== row.state) ||
    (changes.keyState !== undefined && changes.keyState !== row.keyState)
  );
}

async function postpone(
  context: WorkContext,
  workerId: string,
  rows: readonly ReplicaRow[],
  startedAt: Date,
  error: unknown,
): Promise<void> {
  const failure = failureOf(error);
  context.log.warn({ code: failure.code, rows: rows.length }, 'could not look at replicas; asked again');
  const now = context.session.now();
  const nextLookAt = new Date(
    now.getTime() + Math.max(failure.retryAfterMs ?? 0, Math.min(retryLookMs, context.config.verify.pollMs)),
  );
  await Promise.all(
    rows.map((row) =>
      context.outcomes.write(workerId, {
        row,
        changes: { nextLookAt },
        attempts:
          row.unsettledSince === null
            ? []
            : [
                {
                  operation: 'reconcile',
                  startedAt,
                  finishedAt: now,
                  httpStatus: failure.httpStatus,
                  error: toReplicaError(failure),
                  requestId: requestIdOf(error),
                  note: 'CCKM could not be asked; asked again',
                },
              ],
      }),
    ),
  );
}
