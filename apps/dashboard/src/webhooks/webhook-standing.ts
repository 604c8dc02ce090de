import type { WebhookView } from '@keyferry/core';

/** How a webhook stands: whether it gets events, and if not, who stopped that. */
export type WebhookStanding = 'works' | 'failing' | 'paused' | 'disabled';

/** How each is called and coloured. */
export const webhookLooks: Readonly<Record<WebhookStanding, { label: string; colour: string }>> = {
  works: { label: 'Active', colour: 'teal' },
  failing: { label: 'Failing', colour: 'orange' },
  paused: { label: 'Paused', colour: 'gray' },
  disabled: { label: 'Disabled by Keyferry', colour: 'red' },
};

export function standingOfWebhook({
  enabled,
  disabled_at,
  failing_since,
}: Pick<WebhookView, 'enabled' | 'disabled_at' | 'failing_since'>): WebhookStanding {
  if (!enabled) return disabled_at === null ? 'paused' : 'disabled';
  return failing_since === null ? 'works' : 'failing';
}
