import { planSpecSchema } from '@keyferry/core';
import { createLog, type Log } from '@keyferry/log';
import {
  type ClaimJob,
  claimReplicas,
  finishResolving,
  type HeldReplicaRow,
  insertPlan,
  insertReplicas,
  migrate,
  openStore,
  type Store,
  settlePlans,
} from '@keyferry/store';
import { Dispatcher } from '../../apps/worker/src/dispatch/dispatch.ts';
import { WorkerSession } from '../../apps/worker/src/worker-session.ts';
import { newResolved } from '../models/plans/new-resolved.ts';
import { startPostgres } from '../servers/index.ts';
import { until } from './until.ts';

/** Rates that hold nothing back. */
const quotas = {
  perSecond: {
    ReplicateKey: 5_000,
    CreateKey: 5_000,
    CreateAlias: 5_000,
    GetParametersForImport: 5_000,
    ImportKeyMaterial: 5_000,
    UpdatePrimaryRegion: 5_000,
  },
  headroom: 1,
  keys: 100_000,
};

/** A worker's session on a Postgres of its own, without a queue, and rows for it to work on. */
export interface WorkerRows {
  readonly url: string;
  readonly store: Store;
  readonly session: WorkerSession;
  readonly log: Log;
  /** What was logged. */
  readonly lines: readonly string[];
  /** The rows of a new plan that runs, released to the workers. */
  released(count: number): Promise<{ planId: string; jobs: ClaimJob[] }>;
  /** The rows of a new plan that runs, in this worker's hands. */
  claimed(count: number): Promise<{ planId: string; rows: HeldReplicaRow[] }>;
  stop(): Promise<void>;
}

export async function startWorkerRows(): Promise<WorkerRows> {
  const server = await startPostgres();
  await migrate(server.url);
  const store = openStore({ url: server.url });
  const lines: string[] = [];
  const log = createLog('worker', 'info', { write: (line) => lines.push(line) });
  const session = new WorkerSession(store, log, { host: 'here', pid: 1, concurrency: 1_000, leaseMs: 60_000 });
  await session.start();

  const released = async (count: number) => {
    const account = String(100_000_000_000 + Math.floor(Math.random() * 1e9));
    const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const plan = {
      spec,

      scope: { accounts: null, regions: null },
      createdBy: 'test',
      idempotency: null,
    };
    const { planId } = await insertPlan(store, plan);
    const rows = Array.from({ length: count }, (_, n) =>
      newResolved({ key_id: `${account}-${n}`, mrk: `mrk-${account}-${n}`, account, region: 'eu-west-1' }),
    );
    await insertReplicas(store, planId, rows);
    await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
    await settlePlans(store);
    const own = new Set(
      (await store.prisma.replica.findMany({ where: { planId }, select: { id: true } })).map(({ id }) => id),
    );
    const dispatcher = new Dispatcher(store, quotas, () => session.id);
    const jobs: ClaimJob[] = [];
    await until(
      'all rows are released',
      async () => {
        for (const job of await dispatcher.tick()) if (own.has(job.id)) jobs.push(job);
        return jobs.length;
      },
      (size) => size === count,
      { everyMs: 10 },
    );
    return { planId, jobs };
  };

  return {
    url: server.url,
    store,
    session,
    log,
    lines,
    released,
    async claimed(count) {
      const { planId, jobs } = await released(count);
      const rows = (await claimReplicas(store, session.id, jobs)).map(({ row }) => row);
      return { planId, rows: rows.sort((a, b) => a.key_id.localeCompare(b.key_id)) };
    },
    async stop() {
      await session.stop();
      await store.close();
      await server.stop();
    },
  };
}
