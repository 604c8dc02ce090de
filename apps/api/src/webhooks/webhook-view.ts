import { type DeliveryView, sequenceText, type WebhookView } from '@keyferry/core';
import { type DeliveryRow, showRow, type WebhookRow } from '@keyferry/store';

/** A webhook as the API tells it: never with its secret. */
export function webhookView(row: WebhookRow): WebhookView {
  const { events, ...rest } = showRow(row);
  return { ...rest, events: events.length === 0 ? null : events };
}

export function deliveryView(row: DeliveryRow): DeliveryView {
  const { event_id: id, type, subject, sequence, time, next_attempt_at, ...rest } = showRow(row);
  return {
    ...rest,
    event: { id, type, subject, sequence: sequenceText(sequence), time },
    next_attempt_at: row.state === 'pending' ? next_attempt_at : null,
  };
}
