import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type ChaosServers, startChaosServers } from '../servers.ts';
import { runDrillSeed } from './run-drill-seed.ts';

let servers: ChaosServers;
beforeAll(async () => {
  servers = await startChaosServers(inject('engine'));
});
afterAll(() => servers?.stop());

/** `npm run drill:chaos` runs one of 200. */
it('a drill over 20 keys holds, though every process is killed in each of its steps', async () => {
  const { report } = await runDrillSeed(servers, 1, 20);
  expect(report).toBe('');
});
