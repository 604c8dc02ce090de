import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RedisFleet, RedisProcess } from '../servers/index.ts';
import { newAccount } from './keyferry.ts';
import { runQuickKeyferry } from './quick-keyferry.ts';
import type { Keyferry } from './run-keyferry.ts';
import { until } from './until.ts';

const keysOfPlan = 30;

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
    const plans: string[] = [];
    /** Starts a plan of some seconds, and leaves the rest of it to be done. */
    const beginPlan = async () => {
      const keys = await keyferry.simulator.makeKeys({ count: keysOfPlan, account: newAccount() });
      const [ids, before] = [keys.map((key) => key.id), (await made()).length];
      const { id } = await keyferry.client.request('POST /v1/plans', {
        body: { name: 'failover', keys: ids, regions: ['eu-west-1'] },
      });
      plans.push(id);
      await until('some of it is done', made, ({ length }) => length >= before + 5, { withinMs: 40_000 });
    };
    const untilAllSucceeded = async () => {
      for (const id of plans) {
        const counts = { succeeded: keysOfPlan };
        expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts });
      }
    };

    const untilTakenOver = (from: RedisProcess) =>
      until('another server has the queues', redis.primary, (now) => now !== from, {
        withinMs: 40_000,
        tell: ({ port }) => port,
      });

    it('plans go on by themselves while servers are killed, exchanged and vanish; readiness says so; nothing is made twice', async () => {
      await beginPlan();
      expect(await ready()).toMatchObject({ status: 200, checks: { queue: 'ok' } });

      redis.hinder?.();
      const killed = await redis.primary();
      await killed.end('SIGKILL');
      const { checks } = await untilReadiness(503);
      expect(checks).toMatchObject({ postgres: 'ok', queue: expect.stringMatching(/^(does not answer|refuses)/) });
      await untilReadiness(200);
      await untilTakenOver(killed);
      await untilAllSucceeded();

      await redis.revive(killed);
      await beginPlan();
      const exchanged = await redis.primary();
      await redis.failover();
      await untilTakenOver(exchanged);
      await untilAllSucceeded();

      await beginPlan();
      const vanished = await redis.primary();
      vanished.freeze();
      await untilReadiness(503);
      await untilReadiness(200);
      await beginPlan();
      // It does not know yet that another has taken over.
      vanished.thaw();
      await untilAllSucceeded();

      const ids = (await made()).map(({ keyId }) => keyId);
      expect(ids.length).toBe(plans.length * keysOfPlan);
      expect(new Set(ids).size).toBe(ids.length);
      await untilReadiness(200);
    });
  });
}
