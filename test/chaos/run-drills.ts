import { parseArgs } from 'node:util';
import { runDrillSeed } from './drill/run-drill-seed.ts';
import type { EngineName } from './scenario/draw-scenario.ts';
import { startChaosServers } from './servers.ts';

const usage = 'npm run drill:chaos -- [--engine redis|postgres|both] [--keys 200] [--seed 1] [--seeds 1]';

/** `npm run drill:chaos`: whole drills, one line each. Exit code 1: a promise was not kept; 64: wrong usage. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'both' },
      keys: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
    },
  });
  const all: readonly EngineName[] = ['redis', 'postgres'];
  const engines = all.filter((engine) => values.engine === 'both' || values.engine === engine);
  const [keys, first, count] = [Number(values.keys), Number(values.seed), Number(values.seeds)];
  // Fewer are over before anything can be killed.
  if (engines.length === 0 || !(keys >= 20) || ![keys, first, count].every(Number.isInteger)) {
    process.stderr.write(`${usage}\n`);
    return 64;
  }
  let code = 0;
  for (const engine of engines) {
    const servers = await startChaosServers(engine);
    try {
      for (let seed = first; seed < first + count; seed += 1) {
        const { held, seconds, summary, report } = await runDrillSeed(servers, seed, keys);
        process.stdout.write(
          `${engine.padEnd(8)} drill ${seed}  ${held ? 'held  ' : 'FAILED'}  ${seconds} s  ${summary}\n`,
        );
        if (held) continue;
        process.stdout.write(`${report}\n`);
        code = 1;
      }
    } finally {
      await servers.stop();
    }
  }
  return code;
}

process.exit(await main());
