import { everywhere, planSpecSchema, type ReplicaLife } from '@keyferry/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import type { StoreStep } from '../../../../test/models/replica/life-story.ts';
import type { ModelRow } from '../../../../test/models/replica/row.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { stepsOfStories } from '../../../core/test/replica/random-stories.ts';
import {
  cancelWaiting,
  claimFinishing,
  claimLooks,
  claimReplicas,
  finishResolving,
  insertPlan,
  insertReplicas,
  inTransaction,
  migrate,
  openStore,
  type ReplicaRow,
  recordOutcomes,
  registerWorker,
  retryReplicas,
  type Store,
  settlePlans,
  sweep,
  writeReleases,
} from '../index.ts';
import { Prisma } from '../store.ts';
import { replicaColumns } from './replica-row.ts';

/**
 * Release, claim, sweep, retry and record are SQL. The stories of a replica's life run against a model of them, twenty
 * thousand times; here the steps of those that tell something new run against the statements themselves, and row and model
 * are compared after each.
 */
const stories = Number(process.env.FC_RUNS ?? 5_000);
const seed = Number(process.env.FC_SEED ?? 20_261_201);

let server: PrivateServer;
let store: Store;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

/** Columns that are times, and those that are not. */
const times = [
  ...(['not_before', 'error_since', 'unsettled_since', 'lost_call_at', 'next_look_at', 'enabled_since'] as const),
  ...([
    'pending_import_since',
    'import_called_at',
    'differs_since',
    'alias_called_at',
    'accepted_at',
    'usable_at',
  ] as const),
] satisfies (keyof ReplicaLife)[];
const plain = [
  ...(['state', 'outcome', 'replica_key_id', 'replica_arn', 'key_state', 'attempts', 'failures', 'error'] as const),
  ...([
    'look_first',
    'lost_answer',
    'asked_by_replica',
    'looks',
    'absences',
    'imports',
    'alias_due',
    'alias_calls',
  ] as const),
  'diff',
] satisfies (keyof ReplicaLife)[];

type Kept = ReplicaRow & { slot_at: Date | null; worker_id: string | null };

/** How far row and model may lie apart in a time, milliseconds: what the statements took. */
const tolerance = 5_000;

let made = 0;
/** One row of one plan in Postgres, which goes through the steps of a story. */
class Told {
  readonly #planId: string;
  readonly #mrk: string;
  #id = '';
  #workerId = '';
  #held: ReplicaRow | null = null;

  private constructor(planId: string, mrk: string) {
    this.#planId = planId;
    this.#mrk = mrk;
  }

  static async begin(origin: 'AWS_KMS' | 'EXTERNAL'): Promise<Told> {
    made += 1;
    const keyId = `told-${made}`;
    const spec = planSpecSchema.parse({ name: keyId, keys: ['mrk-1'], regions: ['eu-west-1'] });
    const { planId } = await insertPlan(store, { spec, scope: everywhere, createdBy: 'test', idempotency: null });
    const resolved = newResolved({ key_id: keyId, origin });
    await insertReplicas(store, planId, [resolved]);
    await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
    await settlePlans(store);
    const told = new Told(planId, resolved.mrk);
    told.#id = (await store.prisma.replica.findFirstOrThrow({ where: { planId } })).id;
    await told.#newWorker();
    return told;
  }

  async #newWorker(): Promise<void> {
    this.#workerId = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  }

  /** Does the step, with all times as far from now as they are in the story. */
  async go({ what, now, before, after }: StoreStep): Promise<void> {
    const began = Date.now();
    const real = (at: Date | null) => (at === null ? null : new Date(began + at.getTime() - now));
    const inReal = (life: ModelRow) => Object.fromEntries(times.map((name) => [name, real(life[name])]));
    const set = times.map((name) => Prisma.sql`${Prisma.raw(name)} = ${real(before[name])}`);
    const slot = before.slotAt === null ? null : new Date(began + before.slotAt - now);
    await store.prisma.$executeRaw`
      UPDATE replicas SET ${Prisma.join(set)}, slot_at = ${slot} WHERE id = ${this.#id}::uuid`;
    const { epoch } = await this.#read();
    const job = [{ id: this.#id, epoch }];
    const does: Record<StoreStep['what'], () => Promise<unknown>> = {
      slot: () => {
        const kind = ({ importing: 'import', creating: 'alias' } as const)[String(before.state)] ?? 'replicate';
        const release = { id: this.#id, kind, at: began, sendBefore: began + 100 } as const;
        return inTransaction(store, (tx) => writeReleases(tx, [release], [], []));
      },
      claim: async () => {
        const kind = ({ importing: 'import', creating: 'alias' } as const)[String(before.state)];
        const [claimed] = kind
          ? await claimFinishing(store, this.#workerId, kind, job)
          : await claimReplicas(store, this.#workerId, job);
        this.#held = claimed?.row ?? null;
      },
      look: async () => {
        const looks = await claimLooks(store, this.#workerId, 10);
        this.#held = looks.find(({ id }) => id === this.#id) ?? null;
      },
      record: async () => {
        if (this.#held === null) throw new Error('nothing was claimed');
        const row = { ...this.#held, ...inReal(before) } as ReplicaRow;
        const changed = Object.fromEntries(plain.map((name) => [name, after[name]]));
        const changes = { ...changed, ...inReal(after) } as Partial<ReplicaLife>;
        await recordOutcomes(store, this.#workerId, [{ row, changes, attempts: [] }]);
      },
      die: async () => {
        await store.prisma.$executeRaw`
          UPDATE workers SET alive_until = now() - interval '1 second' WHERE id = ${this.#workerId}::uuid`;
        await this.#newWorker();
      },
      sweep: async () => {
        await sweep(store);
        await cancelWaiting(store);
      },
      cancel: () => store.prisma.$executeRaw`UPDATE plans SET state = 'cancelled' WHERE id = ${this.#planId}::uuid`,
      retry: () => retryReplicas(store, this.#planId, {}, 'anna'),
      'another plan': () => store.prisma.$executeRaw`
        INSERT INTO archived_pairs (mrk, region, account, replica_key_ids, accepted_at, lost_answer)
        VALUES (${this.#mrk}, ${before.region}, ${before.account}, '{}', now(), false)`,
    };
    await does[what]();
    const row = await this.#read();
    for (const name of plain) expect(row[name], `${name} after ${what} of ${before.state}`).toEqual(after[name]);
    const moments = { ...inReal(after), slot_at: after.slotAt === null ? null : new Date(began + after.slotAt - now) };
    for (const [name, at] of Object.entries(moments)) {
      const there = row[name as keyof Kept] as Date | null;
      expect(there === null, `${name} after ${what} of ${before.state} is null`).toBe(at === null);
      if (at !== null && there !== null)
        expect(Math.abs(there.getTime() - at.getTime()), `${name} after ${what} of ${before.state}`).toBeLessThan(
          tolerance,
        );
    }
    expect(row.worker_id !== null, `held after ${what} of ${before.state}`).toBe(after.held !== null);
  }

  async #read(): Promise<Kept> {
    const [row] = await store.prisma.$queryRaw<Kept[]>`
      SELECT ${replicaColumns}, r.slot_at, r.worker_id FROM replicas r WHERE r.id = ${this.#id}::uuid`;
    if (row === undefined) throw new Error('the row is gone');
    return row;
  }

  /** It is in nobody's way any more. */
  async end(): Promise<void> {
    await store.prisma
      .$executeRaw`UPDATE replicas SET next_look_at = NULL, worker_id = NULL, slot_at = NULL WHERE id = ${this.#id}::uuid`;
    await store.prisma.$executeRaw`DELETE FROM workers`;
  }
}

/** Milliseconds after its slot from which on a job is taken for lost, and how near to that a step is left out. */
const [lostJobMs, nearMs] = [3_000, 2_000];
/** What is judged by how late it is comes out either way where the statements themselves take time. */
const isClear = ({ what, now, before }: StoreStep) =>
  what !== 'sweep' || before.slotAt === null || Math.abs(now - before.slotAt - lostJobMs) > nearMs;

it('the statements of the store do what the stories say', { timeout: 300_000 }, async () => {
  const done: Record<string, number> = {};
  for (const { origin, steps } of stepsOfStories(stories, seed)) {
    const told = await Told.begin(origin);
    for (const step of steps) {
      if (!isClear(step)) break;
      await told.go(step);
      done[step.what] = (done[step.what] ?? 0) + 1;
    }
    await told.end();
  }
  expect(Object.keys(done).sort()).toEqual(
    ['another plan', 'cancel', 'claim', 'die', 'look', 'record', 'retry', 'slot', 'sweep'].sort(),
  );
});
