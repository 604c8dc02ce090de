import { countOf, visibleLine, type WebhookView } from '@keyferry/core';
import { Anchor, Button, Card, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { WebhookBadge } from './webhook-badge.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';

const pageSize = 50;

/** Where events of plans and drills are sent. */
export default function Webhooks() {
  const [making, { open, close }] = useDisclosure();
  const [, navigate] = useLocation();
  const webhooks = usePages({
    queryKey: ['webhooks'],
    readPage: (cursor) => keyferry.request('GET /v1/webhooks', { query: { limit: pageSize, cursor } }),
    refetchInterval: 15_000,
  });
  return (
    <>
      <PageHead
        title="Webhooks"
        below={
          <Text size="sm" className="quiet">
            Signed events about plans and drills, sent to other systems until they are accepted.
          </Text>
        }
      >
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
          New webhook
        </Button>
      </PageHead>
      <Card withBorder padding={0}>
        <Listing what="the webhooks" query={webhooks} rows={webhooks.rows} height={40} none={<NoWebhooks />}>
          {(rows) => <WebhookTable rows={rows} />}
        </Listing>
        <MoreRows query={webhooks}>Older webhooks</MoreRows>
      </Card>
      <WebhookDialog opened={making} webhook={null} onClose={close} onMade={(id) => navigate(`/webhooks/${id}`)} />
    </>
  );
}

function WebhookTable({ rows }: { rows: readonly WebhookView[] }) {
  return (
    <Table.ScrollContainer minWidth={720} type="native">
      <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Webhook</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Events</Table.Th>
            <Table.Th>Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((webhook) => (
            <Table.Tr key={webhook.id}>
              <Table.Td>
                <Anchor component={Link} href={`/webhooks/${webhook.id}`} fw={600}>
                  {visibleLine(webhook.name)}
                </Anchor>
                <Text size="xs" className="quiet" style={{ overflowWrap: 'anywhere' }}>
                  {visibleLine(webhook.url)}
                </Text>
              </Table.Td>
              <Table.Td>
                <WebhookBadge webhook={webhook} />
              </Table.Td>
              <Table.Td>{webhook.events === null ? 'All' : countOf(webhook.events.length, 'type')}</Table.Td>
              <Table.Td>
                <Time at={webhook.updated_at} />
                <Text size="xs" className="quiet">
                  by {webhook.updated_by}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function NoWebhooks() {
  return (
    <Empty title="There are no webhooks yet">
      <Text size="sm" className="quiet" maw="60ch">
        The API and the workers need KEYFERRY_WEBHOOK_HOSTS and an encryption key first. See{' '}
        <Anchor href="/help/how-to/webhooks" underline="always">
          Webhooks
        </Anchor>{' '}
        in the documentation.
      </Text>
    </Empty>
  );
}
