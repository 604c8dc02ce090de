import { setTimeout as wait } from 'node:timers/promises';
import { type Part, readCpu } from './cpu-of.ts';
import { startInstallation } from './installation.ts';
import { readOptions } from './read-options.ts';
import { readTransactions } from './read-transactions.ts';
import { print, tell } from './report.ts';
import { withServers } from './with-servers.ts';

/**
 * `npm run bench:idle`: what an installation without work costs: an API, a worker, Postgres and the queue, for half a
 * minute after they have settled down. CCKM answers and has no keys.
 */
const options = readOptions();
const settleMs = 15_000;
const measuredMs = 30_000;

const run = await withServers({ redis: options.engine === 'redis' }, async ({ postgresUrl, redisUrl }) => {
  const servers = { postgresUrl, redisUrl };
  const { databaseUrl, stop } = await startInstallation(servers, { accounts: 0, keysEach: 0, quotas: true }, 1);
  try {
    tell('idle …');
    await wait(settleMs);
    const [before, transactionsBefore] = [readCpu(), await readTransactions(databaseUrl)];
    const began = performance.now();
    await wait(measuredMs);
    const [after, transactionsAfter] = [readCpu(), await readTransactions(databaseUrl)];
    const seconds = (performance.now() - began) / 1_000;
    const share = (part: Part) => ((after[part] - before[part]) / seconds) * 100;
    const parts = (['API', 'worker', 'Postgres', 'Redis'] as const).map((part) => ({ part, percent: share(part) }));
    return [
      ...parts.map(({ part, percent }) => ({ what: `a core: ${part}`, value: percent, unit: '%' as const })),
      {
        what: 'a core: all of them',
        value: parts.reduce((sum, { percent }) => sum + percent, 0),
        unit: '%' as const,
        atMost: 1.5,
      },
      {
        what: 'transactions a second',
        value: (transactionsAfter - transactionsBefore) / seconds,
        unit: '' as const,
        atMost: 15,
      },
    ];
  } finally {
    await stop();
  }
});

process.exitCode = print(
  { bench: 'bench:idle', measured: `${measuredMs / 1_000} s without any plan.`, runs: [{ run: 'idle', figures: run }] },
  options,
);
