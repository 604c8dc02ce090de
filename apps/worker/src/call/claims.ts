import {
  type CallKind,
  type ClaimedReplica,
  type ClaimJob,
  claimFinishing,
  claimReplicas,
  type FinishingKind,
  type ReplicaToMake,
  type Store,
} from '@keyferry/store';
import DataLoader from 'dataloader';
import type { Slot } from '../dispatch/late-slots.ts';
import { OneBatchAtATime } from '../one-batch-at-a-time.ts';

/** How long a claim waits for others to share a statement with, milliseconds. */
const gatherMs = 8;

type Claimed = ClaimedReplica & Partial<Pick<ReplicaToMake, 'out_of_scope'>>;

/** A row in this worker's hands with its slot. */
export type HeldCall = Claimed & { readonly slot: Slot };

type Loader = DataLoader<{ workerId: string; job: ClaimJob }, HeldCall | null>;

/** Claims released rows, many with one statement. Each resolves to null when its row is not to be had any more. */
export class Claims {
  readonly #loaders: Readonly<Record<CallKind, Loader>>;

  constructor(store: Store) {
    const replicas = gather((workerId, jobs) => claimReplicas(store, workerId, jobs));
    const finishing = (kind: FinishingKind) => gather((workerId, jobs) => claimFinishing(store, workerId, kind, jobs));
    this.#loaders = {
      replicate: replicas,
      promote: replicas,
      import: finishing('import'),
      alias: finishing('alias'),
    };
  }

  of(kind: CallKind, workerId: string, job: ClaimJob): Promise<HeldCall | null> {
    return this.#loaders[kind].load({ workerId, job });
  }
}

function gather(claim: (workerId: string, jobs: readonly ClaimJob[]) => Promise<Claimed[]>): Loader {
  const inTurn = new OneBatchAtATime(gatherMs);
  return new DataLoader(
    (entries) =>
      inTurn.batch(async () => {
        const held = new Map<string, HeldCall>();
        for (const workerId of new Set(entries.map((entry) => entry.workerId))) {
          const jobs = entries.filter((entry) => entry.workerId === workerId).map(({ job }) => job);
          const asked = Date.now();
          const rows = await claim(workerId, jobs);
          const answered = Date.now();
          for (const row of rows) {
            // The database's clock is somewhere between asking and answering: a call is never too early, nor too late.
            held.set(row.row.id, { ...row, slot: { at: answered + row.delay_ms, sendBefore: asked + row.late_in_ms } });
          }
        }
        return entries.map(({ job }) => {
          const call = held.get(job.id);
          if (call?.row.epoch !== job.epoch) return null;
          // A queue may repeat a job: the row is in the hands of the first.
          held.delete(job.id);
          return call;
        });
      }),
    { cache: false, maxBatchSize: 200, batchScheduleFn: inTurn.schedule },
  );
}
