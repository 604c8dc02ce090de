import { deliveryStates, type Webhook, type WebhookWithSecretView, webhookSchema } from '@keyferry/core';
import {
  deleteWebhook,
  insertWebhook,
  listDeliveries,
  listWebhooks,
  readDelivery,
  readWebhook,
  redeliver,
  replaceWebhook,
  rotateWebhookSecret,
  type Store,
  testWebhook,
  type WebhookRow,
} from '@keyferry/store';
import { type DestinationRules, faultOfDestination, newSecret } from '@keyferry/webhook';
import { Router } from 'express';
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { invalidInput, Problem, parseInput } from '../http/problem.ts';
import { deliveryView, webhookView } from './webhook-view.ts';

export const listWebhooksQuery = z.strictObject(pageQuery);
export const listDeliveriesQuery = z.strictObject({ ...pageQuery, state: z.enum(deliveryStates).optional() });

/** Webhooks: where plan events are told to, and what became of each. Sending is the workers' business. */
export function webhookRoutes(store: Store, rules: DestinationRules): Router {
  const router = Router();

  router.post('/', async (request, response) => {
    const hook = await mustBeValid(request.body, rules);
    mustSeal(store);
    const secret = newSecret();
    const row = await insertWebhook(asCaller(store, response), hook, secret, response.locals.caller);
    const made: WebhookWithSecretView = { ...webhookView(row), secret };
    response.status(201).location(`/v1/webhooks/${row.id}`).json(made);
  });

  router.get('/', async (request, response) => {
    const { limit, cursor } = parseInput(listWebhooksQuery, request.query);
    response.json(pageOf(await listWebhooks(store, { limit: limit + 1, before: cursor ?? null }), limit, webhookView));
  });

  router.get('/:id', async (request, response) => {
    response.json(webhookView(await mustRead(store, request.params.id)));
  });

  router.put('/:id', async (request, response) => {
    const { id, url } = await mustRead(store, request.params.id);
    const hook = await mustBeValid(request.body, rules, url);
    mustSeal(store);
    const row = await replaceWebhook(asCaller(store, response), id, hook, response.locals.caller);
    if (row === null) throw absent(id);
    response.json(webhookView(row));
  });

  router.delete('/:id', async (request, response) => {
    const { id } = await mustRead(store, request.params.id);
    if (!(await deleteWebhook(asCaller(store, response), id))) throw absent(id);
    response.status(204).end();
  });

  router.post('/:id/rotate-secret', async (request, response) => {
    const { id } = await mustRead(store, request.params.id);
    mustSeal(store);
    const secret = newSecret();
    const row = await rotateWebhookSecret(asCaller(store, response), id, secret, response.locals.caller);
    if (row === null) throw absent(id);
    const rotated: WebhookWithSecretView = { ...webhookView(row), secret };
    response.json(rotated);
  });

  router.post('/:id/test', async (request, response) => {
    const { id } = await mustRead(store, request.params.id);
    const delivery = await testWebhook(asCaller(store, response), id, response.locals.caller);
    if (delivery === null) throw notEnabled();
    response.status(202).json(deliveryView(delivery));
  });

  router.get('/:id/deliveries', async (request, response) => {
    const { id } = await mustRead(store, request.params.id);
    const { limit, cursor, state } = parseInput(listDeliveriesQuery, request.query);
    const page = { limit: limit + 1, before: cursor ?? null, state: state ?? null };
    response.json(pageOf(await listDeliveries(store, id, page), limit, deliveryView));
  });

  router.post('/:id/deliveries/:delivery_id/redeliver', async (request, response) => {
    const { id } = await mustRead(store, request.params.id);
    const { delivery_id: deliveryId } = request.params;
    const known = z.uuid().safeParse(deliveryId).success && (await readDelivery(store.prisma, id, deliveryId));
    if (!known)
      throw new Problem(
        404,
        'Not found',
        `Webhook ${id} has no delivery ${deliveryId}. Deliveries are kept for 30 days.`,
      );
    const delivery = await redeliver(asCaller(store, response), id, deliveryId);
    if (delivery === null) throw notEnabled();
    response.status(202).json(deliveryView(delivery));
  });

  return router;
}

/** `present`: its address, which may stay, whatever it is by now, where the webhook is disabled. */
async function mustBeValid(body: unknown, rules: DestinationRules, present: string | null = null): Promise<Webhook> {
  const hook = parseInput(webhookSchema, body);
  if (!hook.enabled && hook.url === present) return hook;
  const message = await faultOfDestination(hook.url, rules);
  if (message !== null) throw invalidInput([{ path: 'url', code: 'forbidden_destination', message }]);
  return { ...hook, url: new URL(hook.url).href };
}

function mustSeal({ seal }: Store): void {
  if (seal.keyIds.length > 0) return;
  throw new Problem(
    409,
    'Not configured',
    'KEYFERRY_ENCRYPTION_KEY is not set, and the secret of a webhook is not stored in clear. Set it alike on API and workers ' +
      '(`openssl rand -base64 32` makes one), start them again, and repeat this.',
  );
}

async function mustRead(store: Store, id: string): Promise<WebhookRow> {
  const hook = z.uuid().safeParse(id).success ? await readWebhook(store, id) : null;
  if (hook === null) throw absent(id);
  return hook;
}

function absent(id: string): Problem {
  return new Problem(404, 'Not found', `There is no webhook ${id}.`);
}

function notEnabled(): Problem {
  return new Problem(
    409,
    'Wrong state',
    'The webhook is not enabled, so nothing is sent to it. Enable it first: PUT it with "enabled": true.',
  );
}
