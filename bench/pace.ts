import { type Measured, measureKeyferry } from './measure-keyferry.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { latencyMs } from './slow-network.ts';
import { withServers } from './with-servers.ts';
import { quotaBoundSeconds, replicasOf, workload } from './workload.ts';

/**
 * `npm run bench:pace`: how near a plan comes to the time that AWS's quotas allow, without one throttled call: once with
 * the whole quota, once with the share of it that is used by default. With `--latency` a call
 * takes its time on the way to KMS, so that calls sent evenly do not arrive evenly.
 */
const options = readOptions('latency');
const faults = options.flags.has('latency') ? [{ operation: 'replicate-key', effect: { latencyMs } }] : [];
const work = workload({ accounts: 2, keysEach: 15, regions: 20 });
/** The target of the project: time taken over the time that the quotas allow. */
const target = 1.03;

const runs = await withServers({ redis: options.engine === 'redis' }, async (servers) => {
  const results: { run: string; figures: Figure[] }[] = [];
  for (const headroom of [1, 0.9]) {
    tell(
      `${replicasOf(work)} replicas with headroom ${headroom}: about ${quotaBoundSeconds(work, headroom).toFixed()} s …`,
    );
    const measured = await measureKeyferry(servers, {
      work,
      env: { KEYFERRY_QUOTA_HEADROOM: String(headroom) },
      faults: () => faults,
    });
    results.push({ run: `headroom ${headroom}`, figures: figuresOf(measured, headroom) });
  }
  return results;
});

process.exitCode = print(
  {
    bench: 'bench:pace',
    measured:
      `one plan of ${replicasOf(work)} replicas, ${work.accounts.length} accounts × ${work.keysEach} keys × ` +
      `${work.regions.length} Regions, against AWS's default quotas as token buckets; ` +
      `a call takes ${faults.length > 0 ? `${latencyMs.min} to ${latencyMs.max} ms` : 'no time'}; one worker.`,
    runs,
  },
  options,
);

function figuresOf({ calls, plan, ...measured }: Measured, headroom: number): Figure[] {
  const full = quotaBoundSeconds(work);
  const used = quotaBoundSeconds(work, headroom);
  return [
    { what: 'time that the quotas in use allow', value: used, unit: 's' },
    { what: 'until the last replica was accepted', value: measured.lastAcceptedAfter, unit: 's' },
    { what: 'until the plan was finished', value: measured.finishedAfter, unit: 's' },
    { what: 'accepted ÷ quotas in use', value: measured.lastAcceptedAfter / used, unit: '', atMost: target },
    { what: 'accepted ÷ full quotas', value: measured.lastAcceptedAfter / full, unit: '' },
    { what: 'finished ÷ quotas in use', value: measured.finishedAfter / used, unit: '' },
    { what: 'throttled calls', value: calls.throttled, unit: 'calls', atMost: 0 },
    {
      what: 'peak in a sliding second: ReplicateKey (quota 5)',
      value: calls.peakPerSecond.ReplicateKey ?? 0,
      unit: 'calls',
    },
    { what: 'peak in a sliding second: CreateKey (quota 5)', value: calls.peakPerSecond.CreateKey ?? 0, unit: 'calls' },
    { what: 'calls', value: calls.all.length, unit: 'calls' },
    { what: 'slots not used', value: measured.unusedSlots, unit: 'slots' },
    {
      what: 'replicas not usable at the end',
      value: plan.counts.total - plan.counts.succeeded,
      unit: 'replicas',
      atMost: 0,
    },
  ];
}
