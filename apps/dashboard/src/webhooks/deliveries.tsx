import { deliveryStates, type WebhookView } from '@keyferry/core';
import { Anchor, Card, Group, SegmentedControl, Table, Text, Title } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { withSearch } from '../display/address.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { DeliveryRow } from './delivery-row.tsx';
import { deliveryLooks } from './delivery-states.ts';

const pageSize = 25;

/** What became of the events of the last 30 days, newest first; the filter stands in the address. */
export function Deliveries({ webhook: { id, enabled } }: { webhook: WebhookView }) {
  const [search, setSearch] = useSearchParams();
  const state = deliveryStates.find((one) => one === search.get('state'));
  const deliveries = usePages({
    queryKey: ['webhooks', id, 'deliveries', state ?? 'all'],
    readPage: (cursor) =>
      keyferry.request('GET /v1/webhooks/{id}/deliveries', { id, query: { limit: pageSize, cursor, state } }),
    refetchInterval: 5_000,
  });
  return (
    <Card withBorder padding={0} component="section" aria-label="Deliveries">
      <Group p="sm" justify="space-between">
        <Title order={2} size="h4">
          Deliveries
        </Title>
        <SegmentedControl
          aria-label="State"
          value={state ?? 'all'}
          onChange={(value) =>
            setSearch((now) => withSearch(now, { state: value === 'all' ? null : value }), { replace: true })
          }
          data={[
            { value: 'all', label: 'All' },
            ...deliveryStates.map((value) => ({ value, label: deliveryLooks[value].label })),
          ]}
        />
      </Group>
      <Listing
        what="the deliveries"
        query={deliveries}
        rows={deliveries.rows}
        height={40}
        none={
          state ? (
            <Empty title={`No delivery is ${deliveryLooks[state].label.toLowerCase()}`}>
              <Anchor component={Link} href={`/webhooks/${id}`}>
                Show all deliveries
              </Anchor>
            </Empty>
          ) : (
            <Empty title="No events in the last 30 days">
              <Text size="sm" className="quiet">
                {enabled ? 'Send a test event to see whether the receiver accepts it.' : 'It is not enabled.'}
              </Text>
            </Empty>
          )
        }
      >
        {(rows) => (
          <Table.ScrollContainer minWidth={760} type="native">
            <Table verticalSpacing="sm" horizontalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Event</Table.Th>
                  <Table.Th>About</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Attempts</Table.Th>
                  <Table.Th>Occurred</Table.Th>
                  <Table.Th aria-label="Actions" />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((delivery) => (
                  <DeliveryRow key={delivery.id} delivery={delivery} enabled={enabled} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Listing>
      <MoreRows query={deliveries}>Older deliveries</MoreRows>
    </Card>
  );
}
