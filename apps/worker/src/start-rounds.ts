import type { Log } from '@keyferry/log';
import type { Store } from '@keyferry/store';
import { every } from './every.ts';
import { IdleGate } from './idle-gate.ts';
import type { Round } from './round.ts';

export interface RunningRounds {
  /** Begins no more rounds and waits for those under way. */
  stop(): Promise<void>;
  /** Ends the connection that listens. */
  close(): Promise<void>;
}

/** Starts all rounds, each of which waits for itself alone. */
export function startRounds(
  rounds: readonly Round[],
  { store, databaseUrl, log }: { store: Store; databaseUrl: string; log: Log },
): RunningRounds {
  const gate = new IdleGate(store, databaseUrl, () => {
    for (const { heard } of rounds) heard?.();
    for (const loop of loops) loop.wake();
  });
  const loops = rounds.map((round) => every(round.everyMs, round.name, log, gate.through(round)));
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
    close: () => gate.stop(),
  };
}
