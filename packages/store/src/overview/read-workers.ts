import type { Connection } from '../store.ts';

/** A worker that is alive, or that went without signing off not long ago. */
export interface WorkerRow {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly alive: boolean;
  readonly started_at: Date;
  readonly heartbeat_at: Date;
  readonly alive_until: Date;
  /** Why CCKM refuses its login, and since when; null: it does not. */
  readonly cckm_error: string | null;
  readonly cckm_error_since: Date | null;
  readonly concurrency: number;
  /** Replicas in its hands. */
  readonly holds: number;
}

/** At most so many workers, those that hold something and are gone first, then the living; how many there are, and live. */
export async function readWorkers(
  db: Connection,
  atMost: number,
): Promise<{ workers: WorkerRow[]; all: number; alive: number }> {
  const rows = await db.$queryRaw<(WorkerRow & { all: number; living: number })[]>`
    SELECT w.id, w.host, w.pid, w.alive_until > now() AS alive, w.started_at,
      w.heartbeat_at, w.alive_until, w.cckm_error,
      w.cckm_error_since, w.concurrency, coalesce(h.holds, 0)::int AS holds,
      (count(*) OVER ())::int AS "all", (count(*) FILTER (WHERE w.alive_until > now()) OVER ())::int AS living
    FROM workers w
    LEFT JOIN (SELECT worker_id, count(*) AS holds FROM replicas WHERE worker_id IS NOT NULL GROUP BY 1) h
      ON h.worker_id = w.id
    ORDER BY w.alive_until > now() OR h.holds IS NULL, w.alive_until > now() DESC, w.host, w.pid, w.id LIMIT ${atMost}`;
  const { all = 0, living = 0 } = rows[0] ?? {};
  return { workers: rows.map(({ all, living, ...worker }) => worker), all, alive: living };
}
