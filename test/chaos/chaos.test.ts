import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runSeed } from './run-seed.ts';
import { type ChaosServers, startChaosServers } from './servers.ts';

/** `npm run chaos` runs many more. */
const seeds = [3, 8];

let servers: ChaosServers;
beforeAll(async () => {
  servers = await startChaosServers(inject('engine'));
});
afterAll(() => servers?.stop());

describe('while everything around them fails, plans end and keep every promise', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const { report } = await runSeed(servers, seed);
    expect(report).toBe('');
  });
});
