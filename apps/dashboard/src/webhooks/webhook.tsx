import { ProblemError } from '@keyferry/client';
import { visibleLine, type WebhookView } from '@keyferry/core';
import { Anchor, Card, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Copyable } from '../display/copyable.tsx';
import { Empty } from '../display/empty.tsx';
import { Facts } from '../display/facts.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { Deliveries } from './deliveries.tsx';
import { eventName } from './event-names.ts';
import { WebhookBadge } from './webhook-badge.tsx';
import { WebhookControls } from './webhook-controls.tsx';

/** A webhook: where it goes, whether it works, and what became of each event. */
export default function Webhook() {
  const { id = '' } = useParams<{ id: string }>();
  const { data, error, refetch } = useQuery({
    queryKey: ['webhooks', id],
    queryFn: () => keyferry.request('GET /v1/webhooks/{id}', { id }),
    refetchInterval: 5_000,
  });
  // Deleted meanwhile: what was read of it is of no use.
  if (error instanceof ProblemError && error.status === 404) return <NoSuchWebhook />;
  if (data) return <Known webhook={data} />;
  if (!error) return <Loading what="the webhook" heights={[64, 160, 320]} />;
  return <Failure error={error} what="the webhook" onRetry={() => void refetch()} />;
}

function Known({ webhook }: { webhook: WebhookView }) {
  const { id, name, url, events, created_by, created_at, updated_by, updated_at, previous_secret_until } = webhook;
  return (
    <>
      <Anchor component={Link} href="/webhooks" size="xs" className="quiet">
        ← All webhooks
      </Anchor>
      <PageHead title={name} below={<WebhookBadge webhook={webhook} />}>
        <WebhookControls webhook={webhook} />
      </PageHead>
      <Stack gap="md">
        <Card withBorder padding="md" component="section" aria-label="What it says">
          <Facts
            facts={[
              ['Address', <Copyable key="url" value={visibleLine(url)} what="the address" />],
              [
                'Events',
                events === null ? 'All, with those that later versions add' : events.map(eventName).join(', '),
              ],
              previous_secret_until !== null && [
                'Secret',
                <>
                  Rotated; the one before signs too until <Time at={previous_secret_until} />
                </>,
              ],
              [
                'Created',
                <>
                  <Time at={created_at} /> by {created_by}
                </>,
              ],
              updated_at !== created_at && [
                'Changed',
                <>
                  <Time at={updated_at} /> by {updated_by}
                </>,
              ],
              [
                'History',
                <Anchor key="history" component={Link} href={`/audit?type=webhook&subject=${id}`} size="sm">
                  In the audit log
                </Anchor>,
              ],
              ['Id', <Copyable key="id" value={id} what="the id" />],
            ]}
          />
        </Card>
        <Deliveries webhook={webhook} />
      </Stack>
    </>
  );
}

function NoSuchWebhook() {
  return (
    <>
      <PageHead title="Webhook" />
      <Empty title="There is no such webhook">
        <Anchor component={Link} href="/webhooks">
          To all webhooks
        </Anchor>
      </Empty>
    </>
  );
}
