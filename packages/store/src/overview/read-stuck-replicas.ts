import { calledReplicaStates } from '@keyferry/core';
import { cckmCircuit } from '../pacing/circuit.ts';
import { statesIn } from '../states-in-sql.ts';
import type { Connection } from '../store.ts';

/** After how long a replica without progress is stuck, with the usual lease and time of a call. */
export const usualStuckAfterMs = 120_000;

export interface StuckReplicas {
  readonly count: number;
  /** When the oldest of them should have gone on; null: none is stuck. */
  readonly since: Date | null;
}

/**
 * Replicas that went nowhere for `afterMs`, longer than lease and call together: released and not taken, called and never
 * recorded, or due to be checked. While CCKM is down what waits for a check is not stuck.
 */
export async function readStuckReplicas(db: Connection, afterMs: number): Promise<StuckReplicas> {
  const [stuck] = await db.$queryRaw<StuckReplicas[]>`
    SELECT count(*)::int AS count, min(since) AS since FROM (
      SELECT slot_at AS since FROM replicas
      WHERE slot_at < now() - make_interval(secs => ${afterMs / 1_000})
      UNION ALL
      SELECT next_look_at FROM replicas
      WHERE slot_at IS NULL AND next_look_at < now() - make_interval(secs => ${afterMs / 1_000})
        AND state IN ${statesIn(calledReplicaStates)}
        AND NOT EXISTS (SELECT 1 FROM circuits c WHERE c.id = ${cckmCircuit} AND c.state <> 'closed')
    ) AS late`;
  return stuck ?? { count: 0, since: null };
}
