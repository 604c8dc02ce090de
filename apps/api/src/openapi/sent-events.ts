import { cloudEventSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathItemObject } from 'zod-openapi';

/** What a receiver is sent: docs/how-to/webhooks.md. */
export const sentEvents: Readonly<Record<string, ZodOpenApiPathItemObject>> = {
  event: {
    post: {
      tags: ['Webhooks'],
      summary: 'An event as a receiver gets it, signed as Standard Webhooks defines',
      security: [],
      requestParams: {
        header: z.object({
          'webhook-id': z.string().describe('The id of the event, the same for every attempt'),
          'webhook-timestamp': z.string().describe('Time of this attempt, Unix time in seconds'),
          'webhook-signature': z.string().describe('`v1,<base64>`; several signatures are separated by spaces'),
        }),
      },
      requestBody: { required: true, content: { 'application/cloudevents+json': { schema: cloudEventSchema } } },
      responses: {
        '2XX': { description: 'Accepted' },
        '410': { description: 'The receiver wants no more events: Keyferry disables the webhook' },
      },
    },
  },
};
