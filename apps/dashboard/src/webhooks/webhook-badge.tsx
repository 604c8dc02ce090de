import type { WebhookView } from '@keyferry/core';
import { Badge, Text } from '@mantine/core';
import { Time } from '../display/time.tsx';
import { standingOfWebhook, webhookLooks } from './webhook-standing.ts';

/** How a webhook stands, since when, and why. */
export function WebhookBadge({ webhook }: { webhook: WebhookView }) {
  const { disabled_at, disabled_reason, failing_since } = webhook;
  const standing = standingOfWebhook(webhook);
  const { label, colour } = webhookLooks[standing];
  const since = standing === 'disabled' ? disabled_at : standing === 'failing' ? failing_since : null;
  return (
    <div>
      <Badge color={colour} c="var(--mantine-color-text)" variant="light" radius="sm" tt="none" fw={600}>
        {label}
      </Badge>
      {since !== null && (
        <Text size="xs" className="quiet" mt={2}>
          since <Time at={since} />
          {standing === 'disabled' && disabled_reason !== null && `: ${disabled_reason}`}
        </Text>
      )}
    </div>
  );
}
