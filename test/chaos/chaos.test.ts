import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runSeed } from './run-seed.ts';
import { type ChaosServers, startChaosServers } from './servers.ts';

/** Some that are quick on each engine; `npm run chaos` runs many more. */
const seeds = { postgres: [5, 8], redis: [3, 8] }[inject('engine')];

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
