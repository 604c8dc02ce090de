import { z } from 'zod';
import { webhookEventTypes } from '../webhook/event-types.ts';
import { deliveryStates } from '../webhook/life.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const id = z.uuid().describe('UUIDv7');
const count = z.int().min(0);

export const webhookViewSchema = z
  .object({
    id,
    name: z.string(),
    url: z.string(),
    events: z.array(z.enum(webhookEventTypes)).nullable().describe('Null: all'),
    enabled: z.boolean(),
    disabled_at: time.nullable().describe('When Keyferry disabled it after failures; null if a user disabled it'),
    disabled_reason: z.string().nullable(),
    failing_since: time.nullable().describe('The first failure since the last success'),
    previous_secret_until: time.nullable().describe('Until then the previous secret also signs'),
    created_by: z.string(),
    created_at: time,
    updated_by: z.string(),
    updated_at: time,
  })
  .meta({ id: 'Webhook' });

export const webhookWithSecretViewSchema = webhookViewSchema
  .extend({ secret: z.string().describe('`whsec_…`, the secret that signs deliveries: shown only in this response') })
  .meta({ id: 'WebhookWithSecret' });

export const deliveryViewSchema = z
  .object({
    id,
    webhook_id: id,
    event: z.object({ id, type: z.string(), subject: z.string(), sequence: z.string(), time }),
    state: z.enum(deliveryStates),
    attempts: count,
    next_attempt_at: time.nullable().describe('Null once it is finished'),
    created_at: time,
    settled_at: time.nullable(),
    attempt_log: z.array(
      z.object({
        n: count,
        started_at: time,
        duration_ms: count.nullable().describe('Null while it is in flight, or if its worker was lost'),
        http_status: z.int().nullable(),
        error: z.string().nullable().describe('Why it failed; null: it did not fail'),
        answer: z.string().nullable().describe('The first KiB of the response'),
      }),
    ),
  })
  .meta({ id: 'WebhookDelivery' });

export type WebhookView = z.infer<typeof webhookViewSchema>;
export type WebhookWithSecretView = z.infer<typeof webhookWithSecretViewSchema>;
export type DeliveryView = z.infer<typeof deliveryViewSchema>;
