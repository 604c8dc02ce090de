import {
  deliveryStates,
  deliveryViewSchema,
  webhookSchema,
  webhookViewSchema,
  webhookWithSecretViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import { admins, declare, json } from './operation.ts';
import { page, pageQuery } from './parameters.ts';

const path = z.object({ id: z.uuid().describe('Webhook id') });
const all = { tag: 'Webhooks', roles: admins, scope: 'everything' } as const;

export const webhookOperations = declare({
  'POST /v1/webhooks': {
    ...all,
    summary: 'Create a webhook: sends events to another system; only this response contains its signing secret',
    body: { schema: webhookSchema },
    answers: { 201: json('The webhook with its secret', webhookWithSecretViewSchema) },
    problems: [409, 422],
    audit: 'webhook.create',
  },
  'GET /v1/webhooks': {
    ...all,
    summary: 'List webhooks, newest first',
    query: z.strictObject(pageQuery),
    answers: { 200: json('A page', page(webhookViewSchema)) },
    problems: [422],
  },
  'GET /v1/webhooks/{id}': {
    ...all,
    summary: 'Read a webhook',
    path,
    answers: { 200: json('The webhook', webhookViewSchema) },
    problems: [404],
  },
  'PUT /v1/webhooks/{id}': {
    ...all,
    summary: 'Replace a webhook; a webhook that Keyferry disabled works again',
    path,
    body: { schema: webhookSchema },
    answers: { 200: json('The webhook', webhookViewSchema) },
    problems: [404, 422],
    audit: 'webhook.replace',
  },
  'DELETE /v1/webhooks/{id}': {
    ...all,
    summary: 'Delete a webhook with its deliveries; pending events are not sent',
    path,
    answers: { 204: { description: 'Deleted' } },
    problems: [404],
    audit: 'webhook.delete',
  },
  'POST /v1/webhooks/{id}/rotate-secret': {
    ...all,
    summary:
      'Rotate the signing secret; only this response contains the new one; the previous one also signs for 24 hours',
    path,
    answers: { 200: json('The webhook with its secret', webhookWithSecretViewSchema) },
    problems: [404, 409],
    audit: 'webhook.rotate',
  },
  'POST /v1/webhooks/{id}/test': {
    ...all,
    summary: 'Send a test event now',
    path,
    answers: { 202: json('Its delivery', deliveryViewSchema) },
    problems: [404, 409],
    cost: 10,
    audit: 'webhook.test',
  },
  'GET /v1/webhooks/{id}/deliveries': {
    ...all,
    summary: 'List the deliveries of the last 30 days with all attempts, newest first',
    path,
    query: z.strictObject({ ...pageQuery, state: z.enum(deliveryStates).optional() }),
    answers: { 200: json('A page', page(deliveryViewSchema)) },
    problems: [404, 422],
  },
  'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': {
    ...all,
    summary: 'Send an event again now, with the same id, whatever its outcome',
    path: path.extend({ delivery_id: z.uuid().describe('Delivery id') }),
    answers: { 202: json('The delivery', deliveryViewSchema) },
    problems: [404, 409],
    cost: 10,
    audit: 'webhook.redeliver',
  },
});
