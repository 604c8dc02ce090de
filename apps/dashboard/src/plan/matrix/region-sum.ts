import { type Counts, countIn, finishedCount, inFlightReplicaStates, presentReplicaStates } from '@keyferry/core';
import type { RegionSum } from '../../matrix/matrix-subject.ts';
import { barParts, inWords, replicaLooks } from '../../states/replica-states.ts';

/** What has become of the replicas in one Region. */
export function regionSum(counts: Counts): RegionSum {
  const { total, failed, blocked } = counts;
  const flying = countIn(counts, inFlightReplicaStates);
  const open = [
    { look: replicaLooks.creating, count: flying },
    { look: replicaLooks.failed, count: failed },
    { look: replicaLooks.blocked, count: blocked },
  ];
  const share = total > 0 ? `${Math.floor((100 * finishedCount(counts)) / total)}%` : '';
  const worst = failed > 0 ? replicaLooks.failed : replicaLooks.blocked;
  return {
    parts: barParts(counts),
    words: inWords(counts),
    done: `${countIn(counts, presentReplicaStates).toLocaleString()} done`,
    open: open.filter(({ count }) => count > 0),
    short: failed + blocked > 0 ? { look: worst, count: failed + blocked } : share,
  };
}
