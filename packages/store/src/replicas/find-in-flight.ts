import { inFlightReplicaStates } from '@keyferry/core';
import { scopeOfRow, within } from '../access/scope.ts';
import { statesIn } from '../states-in-sql.ts';
import { records, type Store } from '../store.ts';

/** A key × Region, as AWS tells them apart. */
export interface Pair {
  readonly mrk: string;
  readonly account: string;
  readonly region: string;
}

/** Which of these pairs another plan has in flight; with its name where it lies within the scope of this one, else null. */
export function findInFlight(
  store: Store,
  planId: string,
  pairs: readonly Pair[],
): Promise<(Pair & { readonly plan: string | null })[]> {
  return store.prisma.$queryRaw`
    SELECT r.mrk, r.account, r.region,
      CASE WHEN ${within(scopeOfRow('asking'), 'p')} THEN p.name END AS plan
    FROM jsonb_to_recordset(${records(pairs.map(({ mrk, account, region }) => ({ mrk, account, region })))})
      AS g(mrk text, account text, region text)
    JOIN replicas r ON r.mrk = g.mrk AND r.account = g.account AND r.region = g.region
      AND r.state IN ${statesIn(inFlightReplicaStates)}
    JOIN plans p ON p.id = r.plan_id
    JOIN plans asking ON asking.id = ${planId}::uuid
    WHERE r.plan_id <> ${planId}::uuid`;
}
