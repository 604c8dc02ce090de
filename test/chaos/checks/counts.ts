import type { Counts } from '@keyferry/core';
import type { Evidence } from '../run/evidence.ts';
import type { Violation } from './violation.ts';

const openOf = ({ pending, queued, replicating, creating, importing }: Counts): number =>
  pending + queued + replicating + creating + importing;

/** `counts` sums to `total` whenever anybody looks, and is what the rows say in the end. */
export function* countsAlwaysSum({ polls, rows, plans }: Evidence): Iterable<Violation> {
  const promise = 'counts sum to total at every instant that can be observed, and tell the rows';
  const newest = new Map<string, Counts>();
  for (const { at, plan } of polls) {
    const { total, ...byState } = plan.counts;
    const sum = Object.values(byState).reduce((all, count) => all + count, 0);
    if (sum !== total) yield { promise, what: 'they do not sum', evidence: { at, plan } };
    if (total < (newest.get(plan.id)?.total ?? 0))
      yield { promise, what: 'total has shrunk', evidence: { at, plan, before: newest.get(plan.id) } };
    newest.set(plan.id, plan.counts);
    if (plan.finished_at !== null && openOf(plan.counts) > 0)
      yield { promise, what: 'a plan is finished and has open replicas', evidence: { at, plan } };
  }
  for (const { id } of plans) {
    const told = newest.get(id);
    const counted = Map.groupBy(
      rows.filter(({ plan }) => plan === id),
      ({ state }) => state,
    );
    const wrong = Object.entries(told ?? {}).filter(
      ([state, count]) => state !== 'total' && count !== (counted.get(state)?.length ?? 0),
    );
    if (!told || wrong.length > 0)
      yield {
        promise,
        what: 'the last answer is not what the rows say',
        evidence: { plan: id, told, rows: Object.fromEntries([...counted].map(([state, of]) => [state, of.length])) },
      };
  }
}
