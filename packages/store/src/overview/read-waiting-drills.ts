import type { Connection } from '../store.ts';

/** A drill that goes on only once a person has done something. */
export interface WaitingDrill {
  readonly id: string;
  readonly name: string;
  /** Its approvals before it starts, those of a step, or a resume. */
  readonly waits_for: 'approval' | 'decision' | 'resume';
  readonly since: Date;
}

/** At most so many drills that wait for a person, the longest first; and how many there are in all. */
export async function readWaitingDrills(
  db: Connection,
  atMost: number,
): Promise<{ drills: WaitingDrill[]; all: number }> {
  const rows = await db.$queryRaw<(WaitingDrill & { all: number })[]>`
    SELECT w.id, w.name, w.waits_for, w.since, (count(*) OVER ())::int AS "all" FROM (
      SELECT d.id, d.name, 'approval' AS waits_for, d.declared_at AS since FROM drills d WHERE d.state = 'awaiting_approval'
      UNION ALL
      SELECT d.id, d.name, 'resume', coalesce(d.paused_at, d.declared_at) FROM drills d WHERE d.state = 'paused'
      UNION ALL
      SELECT d.id, d.name, 'decision', min(s.started_at) FROM drills d JOIN drill_steps s ON s.drill_id = d.id
      WHERE d.state = 'running' AND s.state = 'awaiting_approval' GROUP BY d.id, d.name
    ) w WHERE w.since IS NOT NULL ORDER BY w.since, w.id LIMIT ${atMost}`;
  return { drills: rows.map(({ all, ...drill }) => drill), all: rows[0]?.all ?? 0 };
}
