import { type DrillTimesView, durationInWords, reachedBy } from '@keyferry/core';
import { createTable } from '../table.ts';

const measuredTo = {
  proof_after_promotion: 'proof after the promotion',
  promotion: 'promotion, not proven since',
  proof: 'first proof',
  usable: 'usable, not proven',
} as const;

/** What a drill took, from when to when, and what its key material was compared by. */
export function timesText({ declared_at, finished_at, rto, rpo, promoted_at, proven_at }: DrillTimesView): string {
  const table = createTable(['Region', 'reached', 'p50', 'p95', 'longest', 'RTO', 'by material', 'by key id', 'RPO']);
  const material = new Map(rpo.by_region.map((one) => [one.region, one]));
  for (const { region, ...times } of [...rto.by_region, { region: 'all', ...rto.total }]) {
    const own = region === 'all' ? rpo.total : material.get(region);
    table.push([
      region,
      `${times.reached}/${times.cells}`,
      ...[times.p50_ms, times.p95_ms, times.max_ms].map(took),
      met(times.met),
      own?.by_material ?? '-',
      own?.by_key_id ?? '-',
      met(own?.met ?? null),
    ]);
  }
  const ends = reachedBy.flatMap((by) =>
    rto.measured_to[by] > 0 ? [`${measuredTo[by]} (${rto.measured_to[by]})`] : [],
  );
  return [
    table.toString(),
    `RTO target: ${rto.target_ms === null ? 'none' : took(rto.target_ms)}. Measured from ${declared_at} (declared) to: ${ends.join(', ') || 'nothing reached'}.`,
    `Last promotion: ${promoted_at ?? '-'}  last proof: ${proven_at ?? '-'}  closed: ${finished_at ?? '-'}`,
  ].join('\n');
}

const took = (ms: number | null): string => (ms === null ? '-' : durationInWords(ms / 1_000));
const met = (value: boolean | null): string => (value === null ? '-' : value ? 'met' : 'missed');
