import { setTimeout as wait } from 'node:timers/promises';
import { logIn, replicateKey } from './call-cckm.ts';
import { type Pair, pairId, type WayResult } from './way.ts';

const throttledPauseMs = 1_000;

/**
 * What a runbook's shell loop does: one call after the other, a second's pause when AWS throttles, and whatever else
 * comes back is noted as failed.
 */
export async function sequentialLoop(url: string, pairs: readonly Pair[]): Promise<WayResult> {
  const jwt = await logIn(url);
  const said = new Map<string, 'done' | 'failed'>();
  for (const pair of pairs) said.set(pairId(pair.key.mrk, pair.region), await replicate(url, jwt, pair));
  return { said, saidDoneAt: Date.now(), readBack: 0 };
}

async function replicate(url: string, jwt: string, pair: Pair): Promise<'done' | 'failed'> {
  for (;;) {
    try {
      const { status, text } = await replicateKey(url, jwt, pair);
      if (status === 201) return 'done';
      if (!text.includes('ThrottlingException')) return 'failed';
    } catch {
      return 'failed';
    }
    await wait(throttledPauseMs);
  }
}
