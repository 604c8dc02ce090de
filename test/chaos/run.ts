import { parseArgs } from 'node:util';
import { runSeed } from './run-seed.ts';
import type { EngineName } from './scenario/draw-scenario.ts';
import { startChaosServers } from './servers.ts';

const usage = 'npm run chaos -- [--engine redis|postgres|both] [--seeds 50] [--first 1] [--seed 17] [--keep-going]';

/** `npm run chaos`: many seeds, one line each. Exit code 1: a promise was not kept; 64: wrong usage. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'both' },
      seeds: { type: 'string', default: '50' },
      first: { type: 'string', default: '1' },
      seed: { type: 'string' },
      'keep-going': { type: 'boolean', default: false },
    },
  });
  const engines: EngineName[] =
    values.engine === 'both'
      ? ['redis', 'postgres']
      : [values.engine].filter((engine): engine is EngineName => engine === 'redis' || engine === 'postgres');
  const first = Number(values.seed ?? values.first);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  if (engines.length === 0 || !Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
    process.stderr.write(`${usage}\n`);
    return 64;
  }
  let failed = 0;
  for (const engine of engines) {
    const ended = await runEngine(engine, first, count, values['keep-going']);
    failed += ended;
    if (ended > 0 && !values['keep-going']) break;
  }
  return failed === 0 ? 0 : 1;
}

/** Answers how many seeds failed. */
async function runEngine(engine: EngineName, first: number, count: number, keepGoing: boolean): Promise<number> {
  const servers = await startChaosServers(engine);
  const failed: number[] = [];
  const seconds: number[] = [];
  try {
    for (let seed = first; seed < first + count; seed += 1) {
      const result = await runSeed(servers, seed);
      seconds.push(result.seconds);
      const verdict = result.held ? 'held  ' : 'FAILED';
      print(`${engine.padEnd(8)} seed ${String(seed).padStart(4)}  ${verdict}  ${result.seconds} s  ${result.summary}`);
      if (result.held) continue;
      failed.push(seed);
      print(`${result.report}\n`);
      if (!keepGoing) break;
    }
  } finally {
    await servers.stop();
  }
  const mean = seconds.reduce((sum, one) => sum + one, 0) / Math.max(1, seconds.length);
  print(
    `${engine}: ${seconds.length - failed.length} of ${seconds.length} seeds held, ${mean.toFixed(1)} s a seed${
      failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''
    }`,
  );
  return failed.length;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();
