import {
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

/** A row in this worker's hands with its slot. */
export type HeldCall<Claimed extends ClaimedReplica = ClaimedReplica> = Claimed & { readonly slot: Slot };

type Loader<Claimed extends ClaimedReplica> = DataLoader<{ workerId: string; job: ClaimJob }, HeldCall<Claimed> | null>;

/** Claims released rows, many with one statement. Each resolves to null when its row is not to be had any more. */
export class Claims {
  readonly #replicas: Loader<ReplicaToMake>;
  readonly #finishing: Readonly<Record<FinishingKind, Loader<ClaimedReplica>>>;

  constructor(store: Store) {
    this.#replicas = gather((workerId, jobs) => claimReplicas(store, workerId, jobs));
    const finishing = (kind: FinishingKind) => gather((workerId, jobs) => claimFinishing(store, workerId, kind, jobs));
    this.#finishing = { import: finishing('import'), alias: finishing('alias') };
  }

  replica(workerId: string, job: ClaimJob): Promise<HeldCall<ReplicaToMake> | null> {
    return this.#replicas.load({ workerId, job });
  }

  finishing(workerId: string, kind: FinishingKind, job: ClaimJob): Promise<HeldCall | null> {
    return this.#finishing[kind].load({ workerId, job });
  }
}

function gather<Claimed extends ClaimedReplica>(
  claim: (workerId: string, jobs: readonly ClaimJob[]) => Promise<Claimed[]>,
): Loader<Claimed> {
  const inTurn = new OneBatchAtATime(gatherMs);
  return new DataLoader(
    (entries) =>
      inTurn.batch(async () => {
        const held = new Map<string, HeldCall<Claimed>>();
        for (const workerId of new Set(entries.map((entry) => entry.workerId))) {
          const jobs = entries.filter((entry) => entry.workerId === workerId).map(({ job }) => job);
          const asked = Date.now();
          const rows = await claim(workerId, jobs);
          const answered = Date.now();
          for (const row of rows) {
            // The database's clock is somewhere between asking and answering: a call is never too early, nor too late.
            held.set(row.row.id, { ...row, slot: { at: answered + row.delayMs, sendBefore: asked + row.lateInMs } });
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
