import type { LedgerEntry, Simulator } from '../test/harness/simulator.ts';

/** What the simulator saw of replicate-key. Times are milliseconds since the epoch. */
export interface Calls {
  readonly all: readonly LedgerEntry[];
  readonly accepted: readonly LedgerEntry[];
  readonly throttled: number;
  readonly firstAt: number;
  /** When the last replica that was made had its call answered (or its answer lost). */
  readonly lastAcceptedAt: number;
  /** The most that any account and Region was asked for in one sliding second, by operation and in units of its quota. */
  readonly peakPerSecond: Readonly<Record<string, number>>;
}

export async function readCalls(simulator: Simulator): Promise<Calls> {
  const all = await simulator.ledger('replicate-key');
  const accepted = all.filter((call) => call.workDone);
  const { peak_per_second: peaks } = await simulator.control<{ peak_per_second: Record<string, number> }>(
    'GET',
    '/state',
  );
  const peakPerSecond: Record<string, number> = {};
  for (const [lane, peak] of Object.entries(peaks)) {
    const operation = lane.split(':').at(-1) ?? lane;
    peakPerSecond[operation] = Math.max(peakPerSecond[operation] ?? 0, peak);
  }
  return {
    all,
    accepted,
    throttled: all.filter((call) => call.awsError === 'ThrottlingException').length,
    firstAt: Math.min(...all.map((call) => call.at)),
    lastAcceptedAt: lastEnd(accepted),
    peakPerSecond,
  };
}

/** When the last of these calls ended; a call that hangs has no end. */
export function lastEnd(calls: readonly LedgerEntry[]): number {
  return Math.max(...calls.map((call) => call.at + (call.durationMs ?? 0)));
}
