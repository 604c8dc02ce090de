import { setTimeout as wait } from 'node:timers/promises';
import { type Service, startService } from '../test/harness/child-process.ts';
import { startInstallation } from './installation.ts';
import { quantile } from './quantile.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { withServers } from './with-servers.ts';

/**
 * `npm run bench:health`: how soon `/healthz` answers while callers with tokens attack the API with bodies that inflate,
 * mistyped Regions by the hundred thousand, 1,000 event streams, slow uploads and requests that are refused, all at once.
 */
const options = readOptions();
const settleMs = 5_000;
const measuredMs = 30_000;
const everyMs = 20;
const targetMs = 250;
const operatorCount = 4;

const { quiet, attacked, answers } = await withServers({ redis: false }, async (servers) => {
  const estate = { accounts: 0, keysEach: 0, quotas: true };
  // Else the attackers would have used up their budgets within seconds.
  const { client, apiUrl, stop } = await startInstallation(servers, estate, 0, { KEYFERRY_RATE_LIMIT: '0' });
  let attackers: Service | null = null;
  try {
    tell('nobody attacks …');
    const quiet = await probe(apiUrl);
    const tokenOf = async (name: string, role: 'operator' | 'viewer') =>
      (await client.request('POST /v1/tokens', { body: { name, role } })).token;
    const operators = await Promise.all(
      Array.from({ length: operatorCount }, (_, n) => tokenOf(`attacker-${n}`, 'operator')),
    );
    const service = await startService(
      'attackers',
      'bench/health-attackers.ts',
      { ATTACKED: apiUrl, ATTACKERS: JSON.stringify({ operators, viewer: await tokenOf('attacker-v', 'viewer') }) },
      /"attackers":"([^"]+)"/,
    );
    attackers = service;
    await wait(settleMs);
    tell('they attack …');
    const attacked = await probe(apiUrl);
    const answers = (await (await fetch(service.readyLine[1] ?? '')).json()) as Record<string, Record<string, number>>;
    return { quiet, attacked, answers };
  } finally {
    await attackers?.kill();
    await stop();
  }
});
for (const [kind, counts] of Object.entries(answers)) {
  tell(
    `${kind}: ${Object.entries(counts)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', ')}`,
  );
}

process.exitCode = print(
  {
    bench: 'bench:health',
    measured:
      `/healthz every ${everyMs} ms for ${measuredMs / 1_000} s, while bodies that inflate to 31 MiB and more, 300,000 ` +
      'mistyped Regions at a time, 1,000 event streams, 60 slow uploads and refusals go on, and without any of that.',
    runs: [
      { run: 'quiet', figures: figuresOf(quiet, false) },
      { run: 'attacked', figures: figuresOf(attacked, true) },
    ],
  },
  options,
);

/** How long each answer took, milliseconds. Fails when one is no 200. */
async function probe(apiUrl: string): Promise<number[]> {
  const took: number[] = [];
  for (const end = performance.now() + measuredMs; performance.now() < end; await wait(everyMs)) {
    const began = performance.now();
    const response = await fetch(`${apiUrl}/healthz`, { signal: AbortSignal.timeout(30_000) });
    await response.text();
    if (response.status !== 200) throw new Error(`/healthz answers ${response.status}`);
    took.push(performance.now() - began);
  }
  return took;
}

function figuresOf(took: readonly number[], judged: boolean): Figure[] {
  return [
    { what: '/healthz, p50', value: quantile(took, 0.5), unit: 'ms' },
    { what: '/healthz, p99', value: quantile(took, 0.99), unit: 'ms', ...(judged ? { atMost: targetMs } : {}) },
    { what: '/healthz, at most', value: Math.max(...took), unit: 'ms' },
    { what: 'answers', value: took.length, unit: 'calls' },
  ];
}
