import { visibleLine } from '@keyferry/core';
import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { keyferry } from '../api/client.ts';
import { ReplicaStateBadge } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { Time } from '../display/time.tsx';
import { planLooks } from '../states/plan-states.ts';

/** What plans did with it, the newest first. */
export function KeyHistory({ id }: { id: string }) {
  const history = usePages({
    queryKey: ['key', id, 'replicas'],
    readPage: (cursor) => keyferry.request('GET /v1/keys/{id}/replicas', { id, query: { limit: 50, cursor } }),
    refetchInterval: 15_000,
  });
  return (
    <>
      <Listing
        what="its history"
        query={history}
        rows={history.rows}
        height={44}
        none={
          <Empty title="No plan has touched this key">
            <Text size="sm" className="quiet">
              Archived plans are not shown here.
            </Text>
          </Empty>
        }
      >
        {(rows) => (
          <Table.ScrollContainer minWidth={720}>
            <Table highlightOnHover verticalSpacing="xs" horizontalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Plan</Table.Th>
                  <Table.Th>Operation</Table.Th>
                  <Table.Th>Region</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Added</Table.Th>
                  <Table.Th>Usable</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={row.id} style={{ verticalAlign: 'top' }}>
                    <Table.Td>
                      <Anchor
                        component={Link}
                        href={`/plans/${row.plan_id}/replicas?${new URLSearchParams({ replica: row.id })}`}
                        size="sm"
                      >
                        {visibleLine(row.plan_name)}
                      </Anchor>
                      <Text size="xs" className="quiet">
                        {planLooks[row.plan_state].label}
                      </Text>
                    </Table.Td>
                    <Table.Td>{row.operation === 'promote' ? 'Promote' : 'Replicate'}</Table.Td>
                    <Table.Td>{row.region}</Table.Td>
                    <Table.Td>
                      <ReplicaStateBadge state={row.state} />
                      {row.error && (
                        <Text size="xs" className="quiet">
                          {row.error.code}
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td>
                      <Time at={row.created_at} />
                    </Table.Td>
                    <Table.Td>{row.usable_at ? <Time at={row.usable_at} /> : '–'}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Listing>
      <MoreRows query={history}>Older</MoreRows>
    </>
  );
}
