import type { Config } from '@keyferry/config';
import { areQueueTablesCurrent, inspectRedis } from '@keyferry/queue';
import { address, isLocal, reasonOf, unclearAddress } from './address.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const check = 'queue';

/** What BullMQ stands on: the Redis of REDIS_URL, else its own tables in Postgres (when that can be asked). */
export function checkQueue({ redisUrl, redisCa }: Config, databaseUrl: string | null): Promise<Finding[]> {
  return redisUrl === null ? checkTables(databaseUrl) : checkRedis(redisUrl, redisCa);
}

async function checkRedis(url: string, ca: string | null): Promise<Finding[]> {
  const where = address(url);
  if (where === null) return [fail(check, `REDIS_URL ${unclearAddress}`, 'Then run this again.')];
  const tls = url.startsWith('rediss');
  try {
    const { version, isTooOld, evictionPolicy, mayEvict, wantsForm } = await inspectRedis(url, ca);
    const found = `Redis ${version ?? '(version unknown)'} at ${where}, ${tls ? 'over TLS' : 'without TLS'}`;
    if (wantsForm !== null) {
      const what = wantsForm === 'redis-cluster' ? 'a node of a Cluster' : 'a Sentinel';
      return [
        fail(
          check,
          `${found}: ${what}`,
          `Start REDIS_URL with ${tls ? wantsForm.replace('redis', 'rediss') : wantsForm}://.`,
        ),
      ];
    }
    const server = isTooOld
      ? fail(check, found, 'BullMQ needs Redis 6.2 or newer, or Valkey.')
      : tls || isLocal(where)
        ? ok(check, found)
        : warn(check, found, 'Use rediss:// to keep its password off the network.');
    const policy = `maxmemory-policy is ${evictionPolicy ?? 'unknown'}`;
    return [
      server,
      mayEvict
        ? warn('queue memory', policy, 'Set maxmemory-policy noeviction: where Redis evicts keys, BullMQ loses jobs.')
        : ok('queue memory', policy),
    ];
  } catch (error) {
    const advice = 'Check REDIS_URL with its user and password, the network, and that Redis runs.';
    return [fail(check, `Redis at ${where} cannot be used: ${reasonOf(error)}`, advice)];
  }
}

async function checkTables(databaseUrl: string | null): Promise<Finding[]> {
  if (databaseUrl === null) {
    return [warn(check, 'BullMQ on Postgres is not checked', 'See the result for Postgres.')];
  }
  try {
    if (await areQueueTablesCurrent(databaseUrl)) return [ok(check, 'BullMQ on Postgres, its tables are there')];
    const advice = 'Start an API or a worker of this version: it creates them.';
    return [warn(check, 'BullMQ on Postgres, its tables are missing or old', advice)];
  } catch (error) {
    return [fail(check, `BullMQ on Postgres cannot be used: ${reasonOf(error)}`, 'See the result for Postgres.')];
  }
}
