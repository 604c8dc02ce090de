import type { Log } from '@keyferry/log';

/** What a round answers when it found no work and is woken when there is some: the next round may be late. */
export const resting = Symbol('resting');
/** The round after one that rested, milliseconds. */
const restMs = 1_000;

export interface Loop {
  /** Where the last round rested, the next one begins now. */
  wake(): void;
  /** Ends it and waits for a round that is under way. */
  stop(): Promise<void>;
}

/**
 * Runs `work` again and again, `ms` after its last end (a second, where it rests); a failure is logged and the next round comes
 * all the same.
 */
export function every(ms: number, name: string, log: Log, work: () => Promise<unknown>): Loop {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let rests = false;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    timer = undefined;
    let waitMs = ms;
    rests = false;
    try {
      rests = (await work()) === resting;
      if (rests) waitMs = Math.max(ms, restMs);
      if (failures > 0) log.info({ job: name }, 'works again');
      failures = 0;
    } catch (error) {
      failures += 1;
      waitMs = Math.max(ms, 500);
      // Once a second is enough to say so: an outage of Postgres lasts many rounds.
      if (failures === 1 || failures % Math.ceil(5_000 / ms) === 0)
        log.warn({ err: error, job: name, failures }, 'failed');
    }
    if (!stopped) timer = setTimeout(start, waitMs);
  };
  const start = () => {
    running = round();
  };
  start();
  return {
    wake() {
      if (!rests || timer === undefined || stopped) return;
      clearTimeout(timer);
      start();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
