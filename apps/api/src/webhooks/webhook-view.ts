import { type DeliveryView, sequenceText, type WebhookView } from '@keyferry/core';
import type { DeliveryRow, WebhookRow } from '@keyferry/store';

/** A webhook as the API tells it: never with its secret. */
export function webhookView(row: WebhookRow): WebhookView {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events.length === 0 ? null : [...row.events],
    enabled: row.enabled,
    disabled_at: row.disabledAt?.toISOString() ?? null,
    disabled_reason: row.disabledReason,
    failing_since: row.failingSince?.toISOString() ?? null,
    previous_secret_until: row.previousSecretUntil?.toISOString() ?? null,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_by: row.updatedBy,
    updated_at: row.updatedAt.toISOString(),
  };
}

export function deliveryView(row: DeliveryRow): DeliveryView {
  const { eventId: id, type, subject, sequence, time } = row;
  return {
    id: row.id,
    webhook_id: row.webhookId,
    event: { id, type, subject, sequence: sequenceText(sequence), time: time.toISOString() },
    state: row.state,
    attempts: row.attempts,
    next_attempt_at: row.state === 'pending' ? row.nextAttemptAt.toISOString() : null,
    created_at: row.createdAt.toISOString(),
    settled_at: row.settledAt?.toISOString() ?? null,
    attempt_log: [...row.attemptLog],
  };
}
