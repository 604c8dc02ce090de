import type { Webhook } from '@keyferry/core';
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
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { routes } from '../http/operation-routes.ts';
import { pageOf } from '../http/page.ts';
import { invalidInput, Problem } from '../http/problem.ts';
import { deliveryView, webhookView } from './webhook-view.ts';

/** Webhooks: receivers of events, and their deliveries. The workers send them. */
export function webhookRoutes(store: Store, rules: DestinationRules) {
  return routes({
    'POST /v1/webhooks': async ({ body, caller, response }) => {
      const hook = await mustBeValid(body, rules);
      mustSeal(store);
      const secret = newSecret();
      const row = await insertWebhook(asCaller(store, response), hook, secret, caller);
      response.location(`/v1/webhooks/${row.id}`);
      return { ...webhookView(row), secret };
    },

    'GET /v1/webhooks': async ({ query }) => {
      const { limit, cursor } = query;
      return pageOf(await listWebhooks(store, { limit: limit + 1, before: cursor ?? null }), limit, webhookView);
    },

    'GET /v1/webhooks/{id}': async ({ id }) => webhookView(await mustRead(store, id)),

    'PUT /v1/webhooks/{id}': async (asked) => {
      const { caller, response } = asked;
      const { id, url } = await mustRead(store, asked.id);
      const hook = await mustBeValid(asked.body, rules, url);
      mustSeal(store);
      const row = await replaceWebhook(asCaller(store, response), id, hook, caller);
      if (row === null) throw absent(id);
      return webhookView(row);
    },

    'DELETE /v1/webhooks/{id}': async ({ id: named, response }) => {
      const { id } = await mustRead(store, named);
      if (!(await deleteWebhook(asCaller(store, response), id))) throw absent(id);
    },

    'POST /v1/webhooks/{id}/rotate-secret': async ({ id: named, caller, response }) => {
      const { id } = await mustRead(store, named);
      mustSeal(store);
      const secret = newSecret();
      const row = await rotateWebhookSecret(asCaller(store, response), id, secret, caller);
      if (row === null) throw absent(id);
      return { ...webhookView(row), secret };
    },

    'POST /v1/webhooks/{id}/test': async ({ id: named, caller, response }) => {
      const { id } = await mustRead(store, named);
      const delivery = await testWebhook(asCaller(store, response), id, caller);
      if (delivery === null) throw notEnabled();
      return deliveryView(delivery);
    },

    'GET /v1/webhooks/{id}/deliveries': async (asked) => {
      const { id } = await mustRead(store, asked.id);
      const { limit, cursor, state } = asked.query;
      const page = { limit: limit + 1, before: cursor ?? null, state: state ?? null };
      return pageOf(await listDeliveries(store, id, page), limit, deliveryView);
    },

    'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': async ({
      id: named,
      delivery_id: deliveryId,
      response,
    }) => {
      const { id } = await mustRead(store, named);
      const known = z.uuid().safeParse(deliveryId).success && (await readDelivery(store.prisma, id, deliveryId));
      if (!known)
        throw new Problem(
          404,
          'Not found',
          `Webhook ${id} has no delivery ${deliveryId}. Deliveries are kept for 30 days.`,
        );
      const delivery = await redeliver(asCaller(store, response), id, deliveryId);
      if (delivery === null) throw notEnabled();
      return deliveryView(delivery);
    },
  });
}

/** `present`: its current address, which a disabled webhook may keep even if it is no longer allowed. */
async function mustBeValid(hook: Webhook, rules: DestinationRules, present: string | null = null): Promise<Webhook> {
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
    'KEYFERRY_ENCRYPTION_KEY is not set, and webhook secrets are never stored in clear. Set the same key on API and workers ' +
      '(`openssl rand -base64 32` creates one), restart them, then retry.',
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
