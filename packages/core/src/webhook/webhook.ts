import { z } from 'zod';
import { webhookEventTypes } from './event-types.ts';

/** Where events of plans and drills are sent. The configuration limits the addresses. */
export const webhookSchema = z.strictObject({
  name: z.string().trim().min(1, 'A webhook needs a name.').max(200),
  url: z
    .url({ protocol: /^https?$/, error: 'Expected an address such as https://hooks.example.com/keyferry.' })
    .max(2_000)
    .describe('https address on a host of KEYFERRY_WEBHOOK_HOSTS'),
  events: z
    .array(z.enum(webhookEventTypes))
    .min(1, 'Name at least one event, or remove `events` for all.')
    .nullable()
    .default(null)
    .describe('Event types; null or not set: all, including those of later versions'),
  enabled: z.boolean().default(true).describe('false: nothing is sent; events of that time are not sent later'),
});

/** A valid webhook with its defaults filled in. */
export type Webhook = z.infer<typeof webhookSchema>;
export type WebhookInput = z.input<typeof webhookSchema>;
