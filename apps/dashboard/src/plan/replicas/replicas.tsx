import type { PlanView } from '@keyferry/core';
import { Button, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import { Empty } from '../../display/empty.tsx';
import { Listing, TurnPages } from '../../display/listing.tsx';
import { whileItMoves } from '../plan-queries.ts';
import { FilterBar, useReplicaFilter } from './replica-filter.tsx';
import { ReplicaRow } from './replica-row.tsx';

const pageSize = 100;

/** The plan's replicas, a page at a time; filter and page stand in the address. */
export default function Replicas({ plan }: { plan: PlanView }) {
  const { filter, after, filtered, change, clear, turnTo } = useReplicaFilter();
  const page = useQuery({
    queryKey: ['plan', plan.id, 'replicas', filter, after],
    queryFn: () =>
      keyferry.request('GET /v1/plans/{id}/replicas', {
        id: plan.id,
        query: { ...filter, limit: pageSize, cursor: after },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: whileItMoves(plan),
  });
  return (
    <>
      <FilterBar plan={plan} filter={filter} change={change} clear={filtered ? clear : null} />
      <Listing
        what="the replicas"
        query={page}
        rows={page.data?.items}
        height={36}
        none={<NoReplicas plan={plan} filtered={filtered} clear={clear} />}
      >
        {(rows) => (
          <Table.ScrollContainer minWidth={860}>
            <Table
              highlightOnHover
              verticalSpacing={8}
              horizontalSpacing="sm"
              className="numbers"
              aria-busy={page.isPlaceholderData}
              opacity={page.isPlaceholderData ? 0.5 : 1}
            >
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Key</Table.Th>
                  <Table.Th>Region</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>What happened</Table.Th>
                  <Table.Th ta="right">Calls</Table.Th>
                  <Table.Th>Accepted</Table.Th>
                  <Table.Th ta="right" style={{ whiteSpace: 'nowrap' }}>
                    Usable after
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((replica) => (
                  <ReplicaRow key={replica.id} replica={replica} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Listing>
      <TurnPages page={page} after={after} turnTo={turnTo} />
    </>
  );
}

function NoReplicas({ plan, filtered, clear }: { plan: PlanView; filtered: boolean; clear: () => void }) {
  if (filtered && plan.counts.total > 0) {
    return (
      <Empty title="No matching replicas">
        <Button variant="default" size="xs" onClick={clear}>
          Show all {plan.counts.total.toLocaleString('en')}
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title="The plan has no replicas">
      <Text size="sm" className="quiet">
        {plan.state === 'resolving' ? 'Its keys are being read from CCKM.' : 'CCKM lists none of its keys.'}
      </Text>
    </Empty>
  );
}
