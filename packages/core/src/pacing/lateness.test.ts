import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayBeLateMs } from './lateness.ts';

const seed = Number(process.env.FC_SEED ?? 20_261_129);

/** Whether AWS's bucket of one second admits all calls; times in milliseconds, in any order. */
function admitsAll(times: readonly number[], quota: number, cost: number): boolean {
  let tokens = quota;
  let at = Number.NEGATIVE_INFINITY;
  for (const time of [...times].sort((a, b) => a - b)) {
    tokens = Math.min(quota, tokens + ((time - at) / 1_000) * quota);
    at = time;
    tokens -= cost;
    if (tokens < -1e-9) return false;
  }
  return true;
}

describe('how late a call may be', () => {
  it.each([
    // ReplicateKey and CreateKey at AWS's defaults and headroom 0.9.
    { quota: 5, cost: 1, headroom: 0.9, ms: 672 },
    { quota: 5, cost: 2, headroom: 0.9, ms: 494 },
    { quota: 20, cost: 1, headroom: 0.9, ms: 806 },
    { quota: 1, cost: 1, headroom: 0.9, ms: 100 },
    { quota: 5, cost: 2, headroom: 1, ms: 450 },
    { quota: 1_000, cost: 1, headroom: 0.9, ms: 849 },
  ])('is $ms ms at $quota a second, cost $cost, headroom $headroom', ({ quota, cost, headroom, ms }) => {
    expect(mayBeLateMs({ quotaPerSecond: quota, ratePerSecond: quota * headroom, cost })).toBe(ms);
  });

  it('is never so much that AWS throttles a call, wherever a machine stalls', () => {
    const lanes = fc.record({
      quota: fc.integer({ min: 1, max: 60 }),
      cost: fc.constantFrom(1, 2),
      headroom: fc.constantFrom(0.05, 0.5, 0.9, 1),
      stalls: fc.array(fc.record({ from: fc.nat(5_000), forMs: fc.nat(2_000) }), { maxLength: 6 }),
      network: fc.array(fc.nat(50), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(lanes, ({ quota, cost, headroom, stalls, network }) => {
        // One call alone must fit into the bucket; a lane below its cost is paced by its slots.
        fc.pre(quota >= 2 * cost);
        const rate = quota * headroom;
        const late = mayBeLateMs({ quotaPerSecond: quota, ratePerSecond: rate, cost });
        const sent: number[] = [];
        for (let slot = 0; slot < 6_000; slot += (cost * 1_000) / rate) {
          const freeAt = stalls.reduce(
            (at, { from, forMs }) => (at >= from && at < from + forMs ? from + forMs : at),
            slot,
          );
          if (freeAt - slot <= late) sent.push(freeAt + (network[sent.length % network.length] ?? 0));
        }
        if (!admitsAll(sent, quota, cost)) throw new Error(`throttled with ${late} ms`);
      }),
      { seed, numRuns: 2_000 },
    );
  });
});
