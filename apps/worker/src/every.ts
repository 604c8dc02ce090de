import type { Log } from '@keyferry/log';

/**
 * Runs `work` again and again, `ms` after its last end; a failure is logged and the next round comes all the same.
 * `stop` ends it and waits for a round that is under way.
 */
export function every(ms: number, name: string, log: Log, work: () => Promise<unknown>): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    try {
      await work();
      if (failures > 0) log.info({ job: name }, 'works again');
      failures = 0;
    } catch (error) {
      failures += 1;
      // Once a second is enough to say so: an outage of Postgres lasts many rounds.
      if (failures === 1 || failures % Math.ceil(5_000 / ms) === 0)
        log.warn({ err: error, job: name, failures }, 'failed');
    }
    if (!stopped) timer = setTimeout(start, failures > 0 ? Math.max(ms, 500) : ms);
  };
  const start = () => {
    running = round();
  };
  start();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
