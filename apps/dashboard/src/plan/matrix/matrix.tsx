import { type PlanView, replicaStates, stateLetters } from '@keyferry/core';
import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { keyferry } from '../../api/client.ts';
import { readWithCells } from '../../api/live-cells.ts';
import { Empty } from '../../display/empty.tsx';
import { Matrix as MatrixOf } from '../../matrix/matrix.tsx';
import type { MatrixCells, MatrixKey } from '../../matrix/matrix-subject.ts';
import { replicaLooks } from '../../states/replica-states.ts';
import { useOpenReplica } from '../replica/opened-replica.ts';
import { countsByRegion, sumOf } from './cells.ts';
import { useMatrixBuckets, useMatrixRereads } from './matrix-reads.ts';
import { Minimap } from './minimap.tsx';

const cells: MatrixCells<(typeof replicaStates)[number]> = {
  states: replicaStates,
  letters: stateLetters,
  looks: replicaLooks,
  // Nothing is wrong where the primary is: there was only nothing to make.
  looksAtHome: { blocked: { ...replicaLooks.blocked, colour: 'var(--quiet)', weight: 'outline' } },
  nothing: (region) => `Not replicated to ${region}`,
  counted: 'replicas',
  sumOf,
};

/** A plan's keys × Regions; a cell opens its replica. */
export default function Matrix({ plan }: { plan: PlanView }) {
  const { id, state, counts, finished_at } = plan;
  useMatrixRereads(plan);
  const view = useMatrixBuckets(plan).data ?? null;
  const byRegion = useMemo(() => view && countsByRegion(view), [view]);
  const opening = useOpenCell(id);
  if (state === 'resolving') {
    return (
      <Empty title="Resolving: keys are read from CCKM">
        <Text size="sm" className="quiet">
          They appear here once all of them are known.
        </Text>
      </Empty>
    );
  }
  return (
    <MatrixOf
      cells={cells}
      source={{
        queryKey: ['plan', id, 'matrix'],
        read: (filter, { signal, ...page }) =>
          readWithCells(id, () =>
            keyferry.request('GET /v1/plans/{id}/matrix', { id, query: { ...filter, ...page }, signal }),
          ),
      }}
      counts={counts}
      byRegion={byRegion}
      allKeys={view?.keys ?? null}
      onlyOccurring={finished_at !== null}
      onOpen={(key, region) => opening.mutate({ key, region })}
      opening={opening.isPending}
      noKeys={
        <Empty title="This plan has no keys">
          <Text size="sm" className="quiet">
            It ended before its keys were known, or its selector matched none.
          </Text>
        </Empty>
      }
      beside={view ? (shown) => <Minimap view={view} {...shown} /> : undefined}
    />
  );
}

/** Opens the replica of a cell: the matrix does not know its id, which is asked for now. */
function useOpenCell(planId: string) {
  const store = useQueryClient();
  const [, open] = useOpenReplica();
  return useMutation({
    mutationFn: async ({ key, region }: { key: MatrixKey; region: string }) => {
      const { items } = await keyferry.request('GET /v1/plans/{id}/replicas', {
        id: planId,
        query: { key: key.key_id, region, limit: 10 },
      });
      const replica = items.find(({ key_id }) => key_id === key.key_id);
      if (!replica) throw new Error(`The plan has no replica of ${key.alias ?? key.key_id} in ${region} any more.`);
      return replica;
    },
    onSuccess: (replica) => open(replica.id),
    onError: (error) => {
      notifications.show({ color: 'red', title: 'The replica could not be opened', message: error.message });
      void store.invalidateQueries({ queryKey: ['plan', planId, 'matrix'] });
    },
  });
}
