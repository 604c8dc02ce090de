import type { Connection, Store } from '../store.ts';

/** Opens the circuit of CCKM: nothing is dispatched until a probe has succeeded. Answers false when it was open already. */
export async function openCircuit(store: Store, reason: string): Promise<boolean> {
  const opened = await store.prisma.$executeRaw`
    INSERT INTO circuits (id, state, reason, probe_at) VALUES ('cckm', 'open', ${reason}, now() + interval '1 second')
    ON CONFLICT (id) DO UPDATE SET state = 'open', reason = excluded.reason, failures = 0, changed_at = now(),
      probe_at = excluded.probe_at
    WHERE circuits.state = 'closed'`;
  return opened === 1;
}

/** Whether CCKM's circuit is open. */
export async function isCircuitOpen(db: Connection): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`SELECT 1 FROM circuits WHERE id = 'cckm' AND state <> 'closed'`;
  return rows.length > 0;
}

/** Takes the turn to probe an open circuit; false when it is closed or somebody else has just probed. */
export async function claimProbe(store: Store): Promise<boolean> {
  const claimed = await store.prisma.$executeRaw`
    UPDATE circuits SET state = 'half_open', failures = failures + 1,
      probe_at = now() + make_interval(secs => least(15, 1.5 ^ least(failures, 20)))
    WHERE id = 'cckm' AND state <> 'closed' AND probe_at <= now()`;
  return claimed === 1;
}

/** Closes the circuit after a probe that succeeded. */
export async function closeCircuit(store: Store): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE circuits SET state = 'closed', failures = 0, reason = NULL, changed_at = now() WHERE id = 'cckm'`;
}
