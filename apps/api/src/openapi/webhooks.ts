import {
  cloudEventSchema,
  deliveryViewSchema,
  webhookSchema,
  webhookViewSchema,
  webhookWithSecretViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathItemObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { listDeliveriesQuery, listWebhooksQuery } from '../webhooks/webhook-routes.ts';
import { json, page } from './answers.ts';
import { problems } from './problems.ts';

const webhookId = z.object({ id: z.uuid().describe('Webhook id') });
const deliveryId = webhookId.extend({ delivery_id: z.uuid().describe('Delivery id') });
const tags = ['Webhooks'];

export const webhooksPaths: ZodOpenApiPathsObject = {
  '/v1/webhooks': {
    post: {
      tags,
      summary: 'Have plan events told to another system; the secret that signs them is in this answer and never again',
      requestBody: { required: true, content: { 'application/json': { schema: webhookSchema } } },
      responses: {
        '201': json('The webhook with its secret', webhookWithSecretViewSchema),
        ...problems('409', '422'),
      },
    },
    get: {
      tags,
      summary: 'List webhooks, newest first',
      requestParams: { query: listWebhooksQuery },
      responses: { '200': json('A page', page(webhookViewSchema)), ...problems('422') },
    },
  },
  '/v1/webhooks/{id}': {
    get: {
      tags,
      summary: 'Read a webhook',
      requestParams: { path: webhookId },
      responses: { '200': json('The webhook', webhookViewSchema), ...problems('404') },
    },
    put: {
      tags,
      summary: 'Replace what a webhook says; one that was given up works again',
      requestParams: { path: webhookId },
      requestBody: { required: true, content: { 'application/json': { schema: webhookSchema } } },
      responses: { '200': json('The webhook', webhookViewSchema), ...problems('404', '422') },
    },
    delete: {
      tags,
      summary: 'Delete a webhook with its deliveries; what is still to be sent is not',
      requestParams: { path: webhookId },
      responses: { '204': { description: 'Deleted' }, ...problems('404') },
    },
  },
  '/v1/webhooks/{id}/rotate-secret': {
    post: {
      tags,
      summary: 'Sign with a new secret, told in this answer; the one before signs too for 24 hours',
      requestParams: { path: webhookId },
      responses: { '200': json('The webhook with its secret', webhookWithSecretViewSchema), ...problems('404', '409') },
    },
  },
  '/v1/webhooks/{id}/test': {
    post: {
      tags,
      summary: 'Have a test event sent now',
      requestParams: { path: webhookId },
      responses: { '202': json('Its delivery', deliveryViewSchema), ...problems('404', '409') },
    },
  },
  '/v1/webhooks/{id}/deliveries': {
    get: {
      tags,
      summary: 'List the deliveries of the last 30 days with all their attempts, newest first',
      requestParams: { path: webhookId, query: listDeliveriesQuery },
      responses: { '200': json('A page', page(deliveryViewSchema)), ...problems('404', '422') },
    },
  },
  '/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': {
    post: {
      tags,
      summary: 'Have an event sent again, now, with the same id, whatever became of it',
      requestParams: { path: deliveryId },
      responses: { '202': json('The delivery', deliveryViewSchema), ...problems('404', '409') },
    },
  },
};

/** What a receiver is sent: docs/webhooks.md. */
export const sentEvents: Readonly<Record<string, ZodOpenApiPathItemObject>> = {
  event: {
    post: {
      tags,
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
