import { parseArgs } from 'node:util';
import { quantile } from './quantile.ts';
import type { Figure } from './report.ts';
import { print, tell } from './report.ts';
import { readsWhileAPlanRuns } from './run-reads.ts';
import { withServers } from './with-servers.ts';

/**
 * `npm run bench:reads`: how long pages and reports take with a million replicas in a thousand plans stored, while a plan
 * runs, by default a small one, at the quotas of two accounts. One reader asks for one thing after the other, over and over. Half of the replicas
 * are in one plan. p50 and p99 to the last byte of the answer; of a report, to its first.
 */
const usage =
  'npm run bench:reads -- [--replicas 1000000] [--plans 1000] [--rounds 100] [--accounts 2] [--engine redis|postgres] [--json]';
const { values } = parseArgs({
  options: {
    replicas: { type: 'string', default: '1000000' },
    plans: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '100' },
    accounts: { type: 'string', default: '2' },
    engine: { type: 'string', default: 'redis' },
    json: { type: 'boolean', default: false },
  },
});
const engine = values.engine === 'postgres' ? 'postgres' : 'redis';
const given = [values.replicas, values.plans, values.rounds, values.accounts].map(Number);
const [replicas, plans, rounds, accounts] = given as [number, number, number, number];
if (!given.every(Number.isInteger) || plans < 10 || replicas < plans * 100 || rounds < 1 || accounts < 1) {
  process.stderr.write(`${usage}\nAt least 10 plans, with 100 replicas each on average.\n`);
  process.exit(64);
}
/** The project's targets, milliseconds. None is set for a page of ten times the usual rows. */
const target = { page: 50, large: undefined, report: 200 };

const { reads, running } = await withServers({ redis: engine === 'redis' }, (servers) =>
  readsWhileAPlanRuns(servers, { replicas, plans, rounds, accounts }),
);
tell(`the plan was ${running.state}, with ${running.made} of ${running.total} replicas made`);
const figures = (share: number, judged: boolean): Figure[] =>
  reads.map(({ what, kind, milliseconds }) => ({
    what,
    value: quantile(milliseconds, share),
    unit: 'ms',
    ...(judged && target[kind] !== undefined ? { atMost: target[kind] } : {}),
  }));

process.exitCode = print(
  {
    bench: 'bench:reads',
    measured:
      `${replicas.toLocaleString('en')} replicas in ${plans.toLocaleString('en')} plans, half of them in one, while a plan ` +
      `makes ${running.perSecond.toFixed(0)} a second; ${rounds} times each.`,
    runs: [
      { run: 'p50', figures: figures(0.5, false) },
      { run: 'p99', figures: figures(0.99, true) },
    ],
  },
  { engine, json: values.json, flags: new Set() },
);
