import type { Webhook, WebhookEventType } from '@keyferry/core';
import { newId } from '../new-id.ts';
import type { Seal, SealedAt } from '../seal/seal.ts';
import { type Connection, inTransaction, Prisma, type Store } from '../store.ts';

/** A webhook as it is stored, without its secrets. */
export interface WebhookRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Empty: all. */
  readonly events: readonly WebhookEventType[];
  readonly enabled: boolean;
  readonly previousSecretUntil: Date | null;
  readonly failingSince: Date | null;
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

/** How long the secret before the present one signs too. */
const rotationHours = 24;

const columns = Prisma.raw(`id, name, url, events, enabled, failing_since AS "failingSince",
  CASE WHEN previous_secret_until > now() THEN previous_secret_until END AS "previousSecretUntil",
  disabled_at AS "disabledAt", disabled_reason AS "disabledReason",
  created_by AS "createdBy", created_at AS "createdAt", updated_by AS "updatedBy", updated_at AS "updatedAt"`);

/** A secret as it may stand in a table. There is no storing it in clear: whoever calls has seen to it that a key is there. */
function closeSecret(seal: Seal, id: string, secret: string): string {
  if (seal.keyIds.length === 0) throw new Error('the secret of a webhook is not stored without a key that seals it');
  return JSON.stringify(seal.close(secret, secretPlace(id)));
}

/** Where a webhook's secret stands, the one before it too. */
export const secretPlace = (id: string): SealedAt => ({ table: 'webhooks', id, field: 'secret' });

export async function readWebhook(db: Connection, id: string): Promise<WebhookRow | null> {
  const [row] = await db.$queryRaw<WebhookRow[]>`SELECT ${columns} FROM webhooks WHERE id = ${id}::uuid`;
  return row ?? null;
}

/** A page of webhooks, newest first; `before` is the id of the last one seen. */
export function listWebhooks(store: Store, page: { limit: number; before: string | null }): Promise<WebhookRow[]> {
  const before = page.before === null ? Prisma.sql`true` : Prisma.sql`id < ${page.before}::uuid`;
  return store.prisma.$queryRaw`
    SELECT ${columns} FROM webhooks WHERE ${before} ORDER BY id DESC LIMIT ${page.limit}`;
}

/** Makes a webhook, which is told of everything from now on. */
export function insertWebhook(store: Store, hook: Webhook, secret: string, createdBy: string): Promise<WebhookRow> {
  const id = newId();
  return inTransaction(store, async (tx) => {
    const [row] = await tx.$queryRaw<[WebhookRow]>`
      INSERT INTO webhooks (id, name, url, events, enabled, secret, created_by, updated_by)
      VALUES (${id}::uuid, ${hook.name}, ${hook.url}, ${hook.events ?? []}::text[], ${hook.enabled},
        ${closeSecret(store.seal, id, secret)}::jsonb, ${createdBy}, ${createdBy})
      RETURNING ${columns}`;
    return row;
  });
}

/**
 * Puts another webhook in the place of what this one says; null when it is gone. What it has failed at is forgotten: a
 * webhook that was given up works again. Deliveries that are still to be made go to its new address.
 */
export function replaceWebhook(store: Store, id: string, hook: Webhook, updatedBy: string): Promise<WebhookRow | null> {
  return inTransaction(store, async (tx) => {
    const [row] = await tx.$queryRaw<WebhookRow[]>`
      UPDATE webhooks SET name = ${hook.name}, url = ${hook.url}, events = ${hook.events ?? []}::text[],
        enabled = ${hook.enabled}, failing_since = NULL, disabled_at = NULL, disabled_reason = NULL,
        updated_by = ${updatedBy}, updated_at = now()
      WHERE id = ${id}::uuid
      RETURNING ${columns}`;
    return row ?? null;
  });
}

/** From now on `secret` signs; for a day the present one does too. Null when the webhook is gone. */
export function rotateWebhookSecret(
  store: Store,
  id: string,
  secret: string,
  updatedBy: string,
): Promise<WebhookRow | null> {
  return inTransaction(store, async (tx) => {
    const [row] = await tx.$queryRaw<WebhookRow[]>`
      UPDATE webhooks SET secret = ${closeSecret(store.seal, id, secret)}::jsonb, previous_secret = secret,
        previous_secret_until = now() + make_interval(hours => ${rotationHours}),
        updated_by = ${updatedBy}, updated_at = now()
      WHERE id = ${id}::uuid
      RETURNING ${columns}`;
    return row ?? null;
  });
}

/** Ends its deliveries with it. Answers false when there is no such webhook. */
export function deleteWebhook(store: Store, id: string): Promise<boolean> {
  return inTransaction(store, async (tx) => {
    // In the order in which a worker locks them that records an attempt.
    await tx.$executeRaw`DELETE FROM webhook_deliveries WHERE webhook_id = ${id}::uuid`;
    return (await tx.$executeRaw`DELETE FROM webhooks WHERE id = ${id}::uuid`) === 1;
  });
}
