import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RedisFleet, RedisProcess } from '../servers/index.ts';
import { newAccount } from './keyferry.ts';
import { runQuickKeyferry } from './quick-keyferry.ts';
import type { Keyferry } from './run-keyferry.ts';
import { until } from './until.ts';

const total = 110;

/** The tests that hold on every kind of Redis with more than one server. */
export function testFailover(name: string, start: () => Promise<RedisFleet>): void {
  describe(name, () => {
    let redis: RedisFleet;
    let keyferry: Keyferry;
    beforeAll(async () => {
      redis = await start();
      keyferry = await runQuickKeyferry({ postgresUrl: inject('postgresUrl'), redisUrl: redis.url });
    });
    afterAll(async () => {
      await keyferry?.stop();
      await redis?.stop();
    });

    const ready = async () => {
      const response = await fetch(`${keyferry.url}/readyz`);
      const { checks } = (await response.json()) as { checks: Record<string, string> };
      return { status: response.status, checks };
    };
    const untilReadiness = (status: number) =>
      until(`readiness is ${status}`, ready, (found) => found.status === status, { withinMs: 40_000 });
    /** What CCKM was made to do, once for each call that reached it. */
    const made = async () => (await keyferry.simulator.ledger('replicate-key')).filter(({ workDone }) => workDone);
    const untilMore = async (count: number) => {
      const before = (await made()).length;
      await until(`${count} more replicas are made`, made, ({ length }) => length >= before + count, {
        withinMs: 40_000,
        tell: ({ length }) => length,
      });
    };

    const untilTakenOver = (from: RedisProcess) =>
      until('another server has the queues', redis.primary, (now) => now !== from, {
        withinMs: 40_000,
        tell: ({ port }) => port,
      });

    it('a plan goes on by itself while servers are killed, exchanged and vanish; readiness says so; nothing is made twice', async () => {
      const keys = await keyferry.simulator.makeKeys({ count: total, account: newAccount() });
      const { id } = await keyferry.client.createPlan({
        name: 'failover',
        keys: keys.map((key) => key.id),
        regions: ['eu-west-1'],
      });
      await untilMore(5);
      expect(await ready()).toMatchObject({ status: 200, checks: { queue: 'ok' } });

      redis.hinder?.();
      const killed = await redis.primary();
      await killed.end('SIGKILL');
      const { checks } = await untilReadiness(503);
      expect(checks).toMatchObject({ postgres: 'ok', queue: expect.stringMatching(/^(does not answer|refuses)/) });
      await untilReadiness(200);
      await untilTakenOver(killed);
      await untilMore(5);

      await redis.revive(killed);
      const exchanged = await redis.primary();
      await redis.failover();
      await untilTakenOver(exchanged);
      await untilMore(5);

      const vanished = await redis.primary();
      vanished.freeze();
      await untilReadiness(503);
      await untilReadiness(200);
      await untilMore(5);
      // It does not know yet that another has taken over.
      vanished.thaw();

      const plan = await keyferry.settled(id);
      expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: total } });
      const ids = (await made()).map(({ keyId }) => keyId);
      expect(ids.length).toBe(total);
      expect(new Set(ids).size).toBe(total);
      await untilReadiness(200);
    });
  });
}
