import { CckmError } from '@keyferry/cckm';
import {
  after,
  afterLook,
  afterLookRefused,
  type CckmKey,
  type Decision,
  type FoundReplica,
  type LookContext,
  type PlanOperation,
} from '@keyferry/core';
import {
  type AttemptRecord,
  claimLooks,
  type HeldReplicaRow,
  type ReplicaRow,
  readFailedSynchronization,
} from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import pLimit from 'p-limit';
import { answered, failed } from '../call/attempt-record.ts';
import { lookContext } from '../call/rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from '../call/trace-job.ts';
import { failureOf } from '../cckm/call-failure.ts';
import { findSet, isListRefused } from '../cckm/find-set.ts';
import { asFound } from '../cckm/found-replica.ts';
import { refreshKeys } from '../cckm/refresh-keys.ts';
import { synchronize } from '../cckm/synchronize.ts';
import type { WorkContext } from '../work-context.ts';
import { watchPromotions } from './watch-promotions.ts';

/** Rows looked at in one go. */
const rowsPerLook = 2_000;
/** Keys read in a list, the newest first; more where more are looked for, as younger ones that are not due come before them. */
const [shortList, longList] = [100, 500];
/** Pages read of a list at the least; what is not on them is looked for in the lists of its Region, then alone. */
const pagesRead = 4;
/** From so many rows on a list of all Regions, or of one, costs less than a question for each. */
const worthAList = { ofAll: 2, ofOne: 5 };
/** Keys that were on no list are asked for alone: so many a look, and so many at once, as are rotation records. */
const leftoversAsked = 50;
const askedAtOnce = 8;
/** How soon a look that failed is repeated. */
const retryLookMs = 5_000;

/** Looks at the replicas that are due, of all accounts and Regions together, and moves each on by what CCKM says. */
export async function watch(context: WorkContext): Promise<void> {
  const workerId = context.session.id;
  for (;;) {
    const rows = await traced('claim', {}, () => claimLooks(context.store, workerId, rowsPerLook));
    if (rows.length === 0) return;
    activeSpan().note({ 'keyferry.replicas': rows.length });
    await context.held.while(
      rows.map((row) => row.id),
      () => {
        const [replicas, promotions] = [of('replicate', rows), of('promote', rows)];
        return Promise.all([
          replicas.length > 0 ? look(context, workerId, replicas) : null,
          promotions.length > 0 ? watchPromotions(context, workerId, promotions) : null,
        ]);
      },
    );
    if (rows.length < rowsPerLook) return;
  }
}

const of = (operation: PlanOperation, rows: readonly HeldReplicaRow[]): HeldReplicaRow[] =>
  rows.filter((row) => row.operation === operation);

async function look(context: WorkContext, workerId: string, rows: readonly HeldReplicaRow[]): Promise<void> {
  const startedAt = context.session.now();
  const looks: Look = { context, workerId, startedAt, failedSynchronization: failedSynchronizations(context) };
  let listed: Listed;
  try {
    listed = await readLists(context, rows);
  } catch (error) {
    await Promise.all(rows.map((row) => postpone(looks, row, error)));
    return;
  }
  const few = pLimit(askedAtOnce);
  const unlisted = new Set(
    rows
      .filter((row) => !listed.replicas.has(pairOf(row)))
      .slice(0, leftoversAsked)
      .map(({ id }) => id),
  );
  // None waits for another: one of them may be asked for long.
  const decisions = await Promise.all(
    rows.map(async (row) => {
      const found = listed.replicas.get(pairOf(row));
      if (found === undefined && !unlisted.has(row.id)) return putOff(looks, row);
      const asks = found === undefined || row.origin === 'EXTERNAL';
      const seeing = () => see(context, row, listed, found);
      return settle(looks, row, await (asks ? few(seeing) : seeing()));
    }),
  );
  const places = rows.filter((_row, i) => decisions[i]?.synchronize);
  for (const [, [place]] of Map.groupBy(places, ({ account, region }) => `${account} ${region}`)) {
    if (place !== undefined) await synchronize(context, { account: place.account, region: place.region });
  }
  await refreshKeys(
    context,
    decisions.flatMap((decision) => decision?.refresh ?? []),
  );
}

type FailedSynchronization = NonNullable<LookContext['failedSynchronization']> | null;

/** What rows share that are looked at together. */
interface Look {
  readonly context: WorkContext;
  readonly workerId: string;
  readonly startedAt: Date;
  /** Why the last synchronisation of a row's account and Region failed; read where the row waits for one. */
  failedSynchronization(row: HeldReplicaRow): Promise<FailedSynchronization>;
}

function failedSynchronizations(context: WorkContext): Look['failedSynchronization'] {
  const read = new Map<string, Promise<FailedSynchronization>>();
  return async (row) => {
    if (!['already_exists', 'cckm_conflict'].includes(row.error?.code ?? '')) return null;
    const place = `${row.account} ${row.region}`;
    const reading = read.get(place) ?? readFailedSynchronization(context.store, row);
    read.set(place, reading);
    return reading;
  };
}

const pairOf = ({ mrk, region }: Pick<ReplicaRow, 'mrk' | 'region'>): string => `${mrk} ${region}`;

interface Listed {
  /** By AWS key id and Region. */
  readonly replicas: ReadonlyMap<string, CckmKey>;
  /** Of the answer that was read last. */
  readonly requestId: string | null;
}

/**
 * Finds replicas in lists of many: first in that of all Regions, then in that of each Region where several are missing or
 * in doubt.
 * Throws CckmError where CCKM cannot be asked; a list that it refuses shows nothing.
 */
async function readLists(context: WorkContext, rows: readonly HeldReplicaRow[]): Promise<Listed> {
  const replicas = new Map<string, CckmKey>();
  let requestId: string | null = null;
  const read = async (place: { region?: string }, of: readonly HeldReplicaRow[]) => {
    const missing = new Set(of.map(pairOf));
    const filter = { ...place, multi_region: true, multi_region_key_type: 'REPLICA' };
    const pageSize = missing.size > shortList / 4 ? longList : shortList;
    const mostPages = Math.max(pagesRead, Math.ceil((missing.size * 4) / pageSize));
    let pages = 0;
    for await (const page of context.cckm.eachKeyPage(filter, { pageSize, sort: '-updatedAt' })) {
      requestId = page.requestId;
      for (const key of page.value) {
        if (key.keyId === null || key.region === null || key.gone) continue;
        const pair = pairOf({ mrk: key.keyId, region: key.region });
        if (missing.delete(pair)) replicas.set(pair, key);
      }
      pages += 1;
      if (missing.size === 0 || pages >= mostPages) return;
    }
  };
  const readIfWorth = async (least: number, place: { region?: string }, of: readonly HeldReplicaRow[]) => {
    try {
      if (of.length >= least) await read(place, of);
    } catch (error) {
      // Each is asked for by its key id then.
      if (!isListRefused(error)) throw error;
    }
  };
  // What is in doubt is asked for by name, or by its Region: the answer decides whether it is called for again.
  const sure = rows.filter(({ unsettled_since }) => unsettled_since === null);
  await readIfWorth(worthAList.ofAll, {}, sure);
  for (const [region, there] of Map.groupBy(rows, ({ region }) => region)) {
    const missing = there.filter((row) => !replicas.has(pairOf(row)));
    await readIfWorth(worthAList.ofOne, { region }, missing);
  }
  return { replicas, requestId };
}

/** What a look showed of one row: the replica, that there is none, or that asking failed. */
type Seen =
  | { readonly found: FoundReplica | null; readonly requestId: string | null }
  | { readonly error: unknown /** It was listed, so that asking again may answer. */; readonly passes: boolean };

async function see(
  context: WorkContext,
  row: HeldReplicaRow,
  listed: Listed,
  inList: CckmKey | undefined,
): Promise<Seen> {
  let [key, requestId] = [inList, listed.requestId];
  try {
    if (key === undefined) {
      const answer = await findSet(context, row, { region: row.region });
      key = answer.value.find(({ region, gone }) => region === row.region && !gone);
      requestId = answer.requestId;
    }
    return { found: key ? await asFound(context, row, key) : null, requestId };
  } catch (error) {
    // A key that was just listed and is not found comes from a node of the cluster that lags.
    const lags = key !== undefined && error instanceof CckmError && error.code === 'cckm_not_found';
    return { error, passes: lags || !isListRefused(error) };
  }
}

/** Not asked for this time, as too many were missing. */
async function putOff({ context, workerId }: Look, row: HeldReplicaRow): Promise<null> {
  await context.outcomes.write(workerId, { row, changes: { next_look_at: context.session.now() }, attempts: [] });
  return null;
}

async function settle(look: Look, row: HeldReplicaRow, seen: Seen): Promise<Decision | null> {
  const { context, workerId, startedAt } = look;
  if ('error' in seen && seen.passes) return postpone(look, row, seen.error);
  const decision =
    'error' in seen
      ? afterLookRefused(row, failureOf(seen.error))
      : afterLook(row, seen.found, {
          ...(await lookContext(context, row)),
          failedSynchronization: await look.failedSynchronization(row),
        });
  const looked = { operation: row.unsettled_since === null ? 'verify' : 'reconcile', started_at: startedAt } as const;
  const { changes } = decision;
  const answer = { httpStatus: 200, requestId: 'error' in seen ? null : seen.requestId };
  const record = { ...answered(context.session, looked, answer, decision.note), error: changes.error ?? null };
  const write = (attempts: AttemptRecord[]) => context.outcomes.write(workerId, { row, changes, attempts });
  if (!tellsSomething(row, changes)) {
    await write([]);
    return decision;
  }
  await traced(looked.operation, { attributes: aboutReplica(row) }, async () => {
    await linkPlans(context, [row.plan_id]);
    noteDecision(decision);
    await write([record]);
  });
  return decision;
}

/** Looks that find nothing new stay out of the attempt log and of traces: a replica may be looked at for twenty minutes. */
function tellsSomething(row: ReplicaRow, changes: Partial<ReplicaRow>): boolean {
  return (
    row.unsettled_since !== null ||
    (changes.state !== undefined && changes.state !== row.state) ||
    (changes.key_state !== undefined && changes.key_state !== row.key_state) ||
    (changes.differs_since !== undefined && (changes.differs_since === null) !== (row.differs_since === null))
  );
}

async function postpone({ context, workerId, startedAt }: Look, row: ReplicaRow, error: unknown): Promise<null> {
  const { code, retryAfterMs } = failureOf(error);
  context.log.debug({ code, plan: row.plan_id, replica: row.id }, 'could not read a replica; retrying');
  const wait = Math.max(retryAfterMs ?? 0, Math.min(retryLookMs, context.config.verify.pollMs));
  const asked = { operation: 'reconcile', started_at: startedAt } as const;
  await context.outcomes.write(workerId, {
    row,
    changes: { next_look_at: after(context.session.now(), wait) },
    attempts:
      row.unsettled_since === null ? [] : [failed(context.session, asked, error, 'CCKM could not be read; retrying')],
  });
  return null;
}
