import { nextCronTime } from '@keyferry/core';
import type { RepeatStrategy } from 'bullmq';
import type { EngineQueue } from './engine.ts';
import type { JobOf } from './jobs.ts';

/** When the queue is to say that a schedule may be due. */
export interface Tick {
  readonly scheduleId: string;
  readonly cron: string;
  readonly timeZone: string;
}

/** BullMQ asks this for the time of the next job, so that it ticks by the rule by which Postgres holds `next_run_at`. */
export const repeatStrategy: RepeatStrategy = (millis, { pattern, tz }) =>
  pattern === undefined ? undefined : nextCronTime(pattern, tz ?? 'UTC', new Date(millis))?.getTime();

/** The next job of a job scheduler is lost when it is so late; one that was only held up comes twice, which does no harm. */
const lostAfterMs = 3_000;

/** Brings the job schedulers of a queue in line: makes what is missing, other or stuck, and removes what is too much. */
export async function keepTicks(queue: EngineQueue, ticks: readonly Tick[]): Promise<void> {
  const there = new Map((await queue.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]));
  for (const { scheduleId, cron, timeZone } of ticks) {
    const known = there.get(scheduleId);
    there.delete(scheduleId);
    const alive = known?.next !== undefined && known.next > Date.now() - lostAfterMs;
    if (alive && known.pattern === cron && known.tz === timeZone) continue;
    await queue.upsertJobScheduler(
      scheduleId,
      { pattern: cron, tz: timeZone },
      { name: 'tick', data: { scheduleId } satisfies JobOf<'tick'> },
    );
  }
  for (const id of there.keys()) await queue.removeJobScheduler(id);
}
