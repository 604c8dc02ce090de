import { createCckmClient } from '@keyferry/cckm';
import { loadConfig } from '@keyferry/config';
import { createLog } from '@keyferry/log';
import { createSeal, eachReplicaPage, migrate, openStore, type ReplicaRow } from '@keyferry/store';
import { Claims } from '../../apps/worker/src/call/claims.ts';
import { OutcomeWriter } from '../../apps/worker/src/call/outcome-writer.ts';
import { replicate } from '../../apps/worker/src/call/replicate.ts';
import { Circuits } from '../../apps/worker/src/dispatch/circuits.ts';
import { Dispatcher } from '../../apps/worker/src/dispatch/dispatch.ts';
import { LateSlots } from '../../apps/worker/src/dispatch/late-slots.ts';
import { HeldRows } from '../../apps/worker/src/sweep/held-rows.ts';
import type { WorkContext } from '../../apps/worker/src/work-context.ts';
import { WorkerSession } from '../../apps/worker/src/worker-session.ts';
import { startPostgres } from '../servers/index.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { until } from './until.ts';

/** What a worker makes replicas with, on a Postgres and a CCKM of its own, without a queue. */
export interface ReplicatingWorker {
  readonly context: WorkContext;
  readonly simulator: Simulator;
  rowsOf(planId: string): Promise<ReplicaRow[]>;
  /** Releases and works until `done` with the plan's rows; left out: until none of them waits. */
  work(planId: string, done?: (rows: readonly ReplicaRow[]) => boolean | Promise<boolean>): Promise<ReplicaRow[]>;
  stop(): Promise<void>;
}

export async function startReplicatingWorker(): Promise<ReplicatingWorker> {
  const [server, simulator] = await Promise.all([startPostgres(), startSimulator()]);
  await migrate(server.url);
  const config = loadConfig({});
  const log = createLog('worker', 'silent');
  const store = openStore({ url: server.url, seal: createSeal([Buffer.alloc(32, 1)]) });
  const cckm = createCckmClient({ url: simulator.url, username: 'admin', password: 'keyferry-simulator' });
  const session = new WorkerSession(store, log, { host: 'here', pid: 1, concurrency: 10, leaseMs: 60_000 });
  await session.start();
  const context: WorkContext = {
    ...{ store, cckm, log, session, config, random: Math.random, resolving: new Set() },
    checking: new Set(),
    circuits: new Circuits(store, cckm, log),
    claims: new Claims(store),
    lateSlots: new LateSlots(store, config.quotas),
    outcomes: new OutcomeWriter(store, session, log),
    held: new HeldRows(),
  };
  const rowsOf = async (planId: string) => (await Array.fromAsync(eachReplicaPage(store, planId))).flat();
  return {
    context,
    simulator,
    rowsOf,
    work(planId, done = (rows) => rows.every(({ state }) => !['pending', 'queued', 'replicating'].includes(state))) {
      const dispatcher = new Dispatcher(store, config.quotas, () => session.id);
      return until(
        'the work is done',
        async () => {
          const jobs = await dispatcher.tick();
          await Promise.all(jobs.map((job) => replicate(context, job)));
          const rows = await rowsOf(planId);
          return { rows, done: await done(rows) };
        },
        (at) => at.done,
      ).then(({ rows }) => rows);
    },
    async stop() {
      await session.stop();
      await cckm.close();
      await store.close();
      await Promise.all([server.stop(), simulator.stop()]);
    },
  };
}
