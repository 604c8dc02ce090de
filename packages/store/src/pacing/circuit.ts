import { type Connection, inTransaction, type Store, type Transaction } from '../store.ts';

/**
 * Circuits: `cckm` for all of CCKM, `queue`, or a lane's id. A circuit that is not closed holds back what goes through it but for
 * one probe now and then, at growing intervals of up to 15 seconds; a probe that succeeds closes it. A refused login is tried
 * again at intervals of up to two minutes only: CipherTrust locks an account after a few refusals.
 */
export const cckmCircuit = 'cckm';
/** Open while the queue takes no jobs. Nothing is held back by it: it says why nothing happens. */
export const queueCircuit = 'queue';

export type CircuitState = 'open' | 'half_open';

/** Opens a circuit, or keeps open one whose probe has failed. Answers whether it was closed before. */
export function openCircuit(store: Store, id: string, reason: string): Promise<boolean> {
  return inTransaction(store, async (tx) => {
    const [opened] = await tx.$queryRaw<{ was_closed: boolean }[]>`
      WITH before AS (SELECT state FROM circuits WHERE id = ${id})
      INSERT INTO circuits AS c (id, state, failures, reason, probe_at)
      VALUES (${id}, 'open', 0, ${reason}, now() + interval '1 second')
      ON CONFLICT (id) DO UPDATE SET state = 'open', reason = excluded.reason,
        failures = CASE c.state WHEN 'closed' THEN 0 ELSE c.failures END,
        changed_at = CASE c.state WHEN 'closed' THEN now() ELSE c.changed_at END,
        probe_at = CASE c.state WHEN 'closed' THEN excluded.probe_at ELSE c.probe_at END
      WHERE c.state <> 'open'
      RETURNING coalesce((SELECT state FROM before), 'closed') = 'closed' AS was_closed`;
    if (opened?.was_closed && id === cckmCircuit) await noteOnPlans(tx);
    return opened?.was_closed ?? false;
  });
}

/** Tells those who follow a running plan that CCKM has gone or come: its `reason` says so. */
async function noteOnPlans(tx: Transaction): Promise<void> {
  await tx.$queryRaw`
    SELECT note_plan_change(id, '{}', false)::text FROM (SELECT id FROM plans WHERE state = 'running' ORDER BY id) p`;
}

/** Whether CCKM's circuit is open. */
export function isCckmDown(db: Connection): Promise<boolean> {
  return isCircuitOpen(db, cckmCircuit);
}

/** Whether a circuit is not closed. */
export async function isCircuitOpen(db: Connection, id: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`SELECT 1 FROM circuits WHERE id = ${id} AND state <> 'closed'`;
  return rows.length > 0;
}

/** A circuit that is not closed. */
export interface OpenCircuit {
  readonly probe_is_due: boolean;
}

/** Whether CCKM's circuit is open, or was at any time since then. */
export async function wasCckmDown(db: Connection, since: Date): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM circuits WHERE id = ${cckmCircuit} AND (state <> 'closed' OR changed_at >= ${since})`;
  return rows.length > 0;
}

/** The circuits that are not closed. */
export async function readOpenCircuits(db: Connection): Promise<Map<string, OpenCircuit>> {
  const rows = await db.$queryRaw<(OpenCircuit & { id: string })[]>`
    SELECT id, probe_at <= now() AS probe_is_due FROM circuits WHERE state <> 'closed'`;
  return new Map(rows.map(({ id, ...circuit }) => [id, circuit]));
}

/** Takes the turn to probe a circuit; false when it is closed or somebody else has just probed. */
export async function claimProbe(db: Connection, id: string): Promise<boolean> {
  const claimed = await db.$executeRaw`
    UPDATE circuits SET state = 'half_open', failures = failures + 1,
      probe_at = now() + make_interval(secs => CASE reason
        WHEN 'cckm_login_refused' THEN least(120, 5 * 2 ^ least(failures, 10)) ELSE least(15, 1.5 ^ least(failures, 20)) END)
    WHERE id = ${id} AND state <> 'closed' AND probe_at <= now()`;
  return claimed === 1;
}

/**
 * Closes a circuit after a probe that succeeded; answers false when it was closed already. With CCKM's own, the lanes
 * that are open are probed at once: the outage may have been their trouble too.
 */
export function closeCircuit(store: Store, id: string): Promise<boolean> {
  return inTransaction(store, (tx) => closeCircuitWithin(tx, id));
}

/** The same within a transaction. */
export async function closeCircuitWithin(tx: Transaction, id: string): Promise<boolean> {
  const closed = await tx.$executeRaw`
    UPDATE circuits SET state = 'closed', failures = 0, reason = NULL, changed_at = now()
    WHERE id = ${id} AND state <> 'closed'`;
  if (closed === 1 && id === cckmCircuit) {
    await tx.$executeRaw`
      UPDATE circuits SET probe_at = now(), failures = 0 WHERE id <> ${cckmCircuit} AND state <> 'closed'`;
    await noteOnPlans(tx);
  }
  return closed === 1;
}
