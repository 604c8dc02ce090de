import { after, afterLook, type CckmKey, type Decision, type FoundReplica, type PlanOperation } from '@keyferry/core';
import { type AttemptRecord, claimLooks, type HeldReplicaRow, type ReplicaRow } from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import pMap from 'p-map';
import { answered, failed } from './attempt-record.ts';
import { failureOf } from './call-failure.ts';
import { asFound } from './found-replica.ts';
import { lookContext } from './rules-of.ts';
import { synchronize } from './synchronize.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';
import { watchPromotions } from './watch-promotions.ts';
import type { WorkContext } from './work-context.ts';

/** Rows looked at in one go. */
const rowsPerLook = 500;
/** Up to this many rows are each asked for by key id; more are read from the Region's list, newest first. */
const askedOneByOne = 4;
const pageSize = 500;
/** Pages read of a Region's list; what is not on them is asked for one by one, some each time. */
const pagesRead = 4;
const leftoversAsked = 50;
/** Rotation records are read one key a request, a few at once: paced calls come first. */
const rotationsAtOnce = 8;
/** How soon a look that failed is repeated. */
const retryLookMs = 5_000;

/** Where replicas are looked at in one go: one account and Region. */
interface Place {
  readonly account: string;
  readonly region: string;
}

/** Looks at the replicas of one account and Region that are due, and moves each on by what CCKM says. */
export async function watch(context: WorkContext, place: Place): Promise<void> {
  const workerId = context.session.id;
  const rows = await traced('claim', {}, () => claimLooks(context.store, workerId, place, rowsPerLook));
  if (rows.length === 0) return;
  const { account, region } = place;
  activeSpan().note({ 'keyferry.account': account, 'keyferry.region': region, 'keyferry.replicas': rows.length });
  await context.held.while(
    rows.map((row) => row.id),
    () => {
      const [replicas, promotions] = [of('replicate', rows), of('promote', rows)];
      return Promise.all([
        replicas.length > 0 ? look(context, workerId, place, replicas) : null,
        promotions.length > 0 ? watchPromotions(context, workerId, promotions) : null,
      ]);
    },
  );
}

const of = (operation: PlanOperation, rows: readonly HeldReplicaRow[]): HeldReplicaRow[] =>
  rows.filter((row) => row.operation === operation);

async function look(
  context: WorkContext,
  workerId: string,
  place: Place,
  rows: readonly HeldReplicaRow[],
): Promise<void> {
  const startedAt = context.session.now();
  let answers: Answers;
  try {
    answers = await findReplicas(context, place.region, rows);
  } catch (error) {
    await Promise.all(rows.map((row) => postpone(context, workerId, row, startedAt, error)));
    return;
  }
  const seen = await pMap(rows, (row) => see(context, row, answers), { concurrency: rotationsAtOnce });
  const decisions = await Promise.all(
    rows.map((row, i) => settle(context, workerId, row, startedAt, seen[i] as Seen, answers)),
  );
  if (decisions.some((decision) => decision?.synchronize)) await synchronize(context, place);
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

/** What a look showed of one row: the replica, that there is none, that it was not asked for, or that asking failed. */
type Seen = { readonly found: FoundReplica | null } | { readonly error: unknown } | null;

async function see(context: WorkContext, row: HeldReplicaRow, { replicas }: Answers): Promise<Seen> {
  const key = replicas.get(row.mrk);
  if (key === undefined) return null;
  try {
    return { found: key && (await asFound(context, row, key)) };
  } catch (error) {
    return { error };
  }
}

async function settle(
  context: WorkContext,
  workerId: string,
  row: ReplicaRow,
  startedAt: Date,
  seen: Seen,
  answers: Answers,
): Promise<Decision | null> {
  if (seen === null) {
    await context.outcomes.write(workerId, { row, changes: { nextLookAt: context.session.now() }, attempts: [] });
    return null;
  }
  if ('error' in seen) return postpone(context, workerId, row, startedAt, seen.error);
  const decision = afterLook(row, seen.found, await lookContext(context, row));
  const looked = { operation: row.unsettledSince === null ? 'verify' : 'reconcile', startedAt } as const;
  const { changes } = decision;
  const record = { ...answered(context.session, looked, answers, decision.note), error: changes.error ?? null };
  const write = (attempts: AttemptRecord[]) => context.outcomes.write(workerId, { row, changes, attempts });
  if (!tellsSomething(row, changes)) {
    await write([]);
    return decision;
  }
  await traced(looked.operation, { attributes: aboutReplica(row) }, async () => {
    await linkPlans(context, [row.planId]);
    noteDecision(decision);
    await write([record]);
  });
  return decision;
}

/** Looks that find nothing new stay out of the attempt log and of traces: a replica may be looked at for twenty minutes. */
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
  row: ReplicaRow,
  startedAt: Date,
  error: unknown,
): Promise<null> {
  const { code, retryAfterMs } = failureOf(error);
  context.log.debug({ code, plan: row.planId, replica: row.id }, 'could not look at a replica; looked at again');
  const wait = Math.max(retryAfterMs ?? 0, Math.min(retryLookMs, context.config.verify.pollMs));
  const asked = { operation: 'reconcile', startedAt } as const;
  await context.outcomes.write(workerId, {
    row,
    changes: { nextLookAt: after(context.session.now(), wait) },
    attempts:
      row.unsettledSince === null
        ? []
        : [failed(context.session, asked, error, 'CCKM could not be asked; asked again')],
  });
  return null;
}
