import { cloudEventSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathItemObject } from 'zod-openapi';

/** What a receiver is sent: docs/how-to/webhooks.md. */
export const sentEvents: Readonly<Record<string, ZodOpenApiPathItemObject>> = {
  event: {
    post: {
      tags: ['Webhooks'],
      summary: 'An event as a receiver gets it, signed by the scheme of Standard Webhooks',
      security: [],
      requestParams: {
        header: z.object({
          'webhook-id': z.string().describe('The id of the event, the same at every attempt'),
          'webhook-timestamp': z.string().describe('When this attempt was made, Unix time in seconds'),
          'webhook-signature': z.string().describe('`v1,<base64>`, several of them separated by spaces'),
        }),
      },
      requestBody: { required: true, content: { 'application/cloudevents+json': { schema: cloudEventSchema } } },
      responses: {
        '2XX': { description: 'Taken' },
        '410': { description: 'No more events, please: the webhook is disabled' },
      },
    },
  },
};
