import { type Connection, inTransaction, type Store } from '../store.ts';
import { cckmCircuit, closeCircuitWithin, queueCircuit } from './circuit.ts';

/*
 * A lane is probed by its own calls. A circuit behind which no work waits would stay open for ever, whatever has become of
 * the Region since: it is unknown, not down.
 */

/** The dispatcher probes what is due at once where work waits: later than this, milliseconds, none does. */
const overdueMs = 5_000;
const idleProbeEveryMs = 30_000;
/** So long without a call what was known of a lane is worth nothing any more: the next calls show how it is. */
const forgottenMs = 15 * 60_000;

/**
 * Takes the turn to probe a lane whose probe is due and for which no work waits: it is half open from then on, so unknown.
 * Answers its id; null: there is none. Work that comes probes it at once, as before.
 */
export async function claimIdleProbe(db: Connection): Promise<string | null> {
  const [claimed] = await db.$queryRaw<{ id: string }[]>`
    UPDATE circuits SET state = 'half_open', idle_probe_at = now() + make_interval(secs => ${idleProbeEveryMs / 1_000})
    WHERE id = (SELECT id FROM circuits WHERE id NOT IN (${cckmCircuit}, ${queueCircuit}) AND state <> 'closed' AND idle_probe_at <= now()
      AND probe_at <= now() - make_interval(secs => ${overdueMs / 1_000})
      ORDER BY idle_probe_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id`;
  return claimed?.id ?? null;
}

/** Closes the circuits of lanes that were not called for long; answers which. */
export async function closeForgottenCircuits(db: Connection): Promise<string[]> {
  const closed = await db.$queryRaw<{ id: string }[]>`
    UPDATE circuits SET state = 'closed', failures = 0, reason = NULL, changed_at = now()
    WHERE id NOT IN (${cckmCircuit}, ${queueCircuit}) AND state = 'half_open'
      AND probe_at <= now() - make_interval(secs => ${forgottenMs / 1_000})
    RETURNING id`;
  return closed.map(({ id }) => id);
}

/** What a reset has found; `before` is `closed` where nothing was to be done. */
export interface CircuitBefore {
  readonly before: 'closed' | 'open' | 'half_open';
  readonly reason: string | null;
}

/** Closes a circuit because a person says that it is well again; noted in the audit log. */
export function resetCircuit(store: Store, id: string): Promise<CircuitBefore> {
  return inTransaction(store, async (tx) => {
    const [found] = await tx.$queryRaw<CircuitBefore[]>`
      SELECT state AS before, reason FROM circuits WHERE id = ${id} AND state <> 'closed' FOR UPDATE`;
    if (found === undefined) return { before: 'closed', reason: null };
    await closeCircuitWithin(tx, id);
    await tx.$queryRaw`
      SELECT append_audit('lane', ${id}, 'lane.reset', jsonb_build_object('circuit_before', ${found.before}::text,
        'reason', ${found.reason}::text))::text`;
    return found;
  });
}
