import { createHash } from 'node:crypto';
import type { Webhook, WebhookEventType } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { SealError, type SealedAt } from '../seal/seal.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';

/** A webhook as it is stored, without its secrets. */
export interface WebhookRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Empty: all. */
  readonly events: readonly WebhookEventType[];
  readonly enabled: boolean;
  readonly previous_secret_until: Date | null;
  readonly failing_since: Date | null;
  readonly disabled_at: Date | null;
  readonly disabled_reason: string | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly updated_by: string;
  readonly updated_at: Date;
}

/** How long the secret before the present one signs too. */
const rotationHours = 24;

const columns = Prisma.raw(`id, name, coalesce(sealed_url, to_jsonb(url)) AS url, url AS url_in_clear, events, enabled,
  disabled_at, disabled_reason, failing_since, CASE WHEN previous_secret_until > now() THEN previous_secret_until END AS previous_secret_until,
  created_by, created_at, updated_by, updated_at`);

/**
 * A secret, or an address, as it may stand in a table. There is no storing it in clear: whoever calls has seen to it that a
 * key is there.
 */
function closed({ seal }: Store, text: string, at: SealedAt): string {
  if (seal.keyIds.length === 0) throw new Error('nothing of a webhook is stored without a key that seals it');
  return JSON.stringify(seal.close(text, at));
}

/** Where a webhook's secret stands, the one before it too. */
export const secretPlace = (id: string): SealedAt => ({ table: 'webhooks', id, field: 'secret' });
/** Where its address does. */
export const urlPlace = (id: string): SealedAt => ({ table: 'webhooks', id, field: 'url' });

/** What of an address is kept in clear: its host, which the audit log tells, and some letters that change with the rest. */
function urlInClear(url: string): string {
  const { origin } = new URL(url);
  return `${origin}/#${createHash('sha256').update(url).digest('hex').slice(0, 8)}`;
}

type StoredWebhook = WebhookRow & { readonly url_in_clear: string };

/** A webhook to be shown: where its address cannot be opened, with what is in clear of it. */
function opened({ seal }: Store, { url_in_clear, ...row }: StoredWebhook): WebhookRow {
  try {
    return { ...row, url: seal.open(row.url, urlPlace(row.id)) as string };
  } catch (error) {
    if (error instanceof SealError) return { ...row, url: url_in_clear };
    throw error;
  }
}

export async function readWebhook(store: Store, id: string): Promise<WebhookRow | null> {
  const [row] = await store.prisma.$queryRaw<StoredWebhook[]>`SELECT ${columns} FROM webhooks WHERE id = ${id}::uuid`;
  return row === undefined ? null : opened(store, row);
}

/** A page of webhooks, newest first; `before` is the id of the last one seen. */
export async function listWebhooks(
  store: Store,
  page: { limit: number; before: string | null },
): Promise<WebhookRow[]> {
  const before = page.before === null ? Prisma.sql`true` : Prisma.sql`id < ${page.before}::uuid`;
  const rows = await store.prisma.$queryRaw<StoredWebhook[]>`
    SELECT ${columns} FROM webhooks WHERE ${before} ORDER BY id DESC LIMIT ${page.limit}`;
  return rows.map((row) => opened(store, row));
}

/** Makes a webhook, which is told of everything from now on. */
export function insertWebhook(store: Store, hook: Webhook, secret: string, createdBy: string): Promise<WebhookRow> {
  const id = newId();
  return inTransaction(store, async (tx) => {
    const [row] = await tx.$queryRaw<[StoredWebhook]>`
      INSERT INTO webhooks (id, name, url, sealed_url, events, enabled, secret, created_by, updated_by)
      VALUES (${id}::uuid, ${hook.name}, ${urlInClear(hook.url)}, ${closed(store, hook.url, urlPlace(id))}::jsonb, ${hook.events ?? []}::text[], ${hook.enabled},
        ${closed(store, secret, secretPlace(id))}::jsonb, ${createdBy}, ${createdBy})
      RETURNING ${columns}`;
    return opened(store, row);
  });
}

/**
 * Puts another webhook in the place of what this one says; null when it is gone. What it has failed at is forgotten: a
 * webhook that was given up works again. Deliveries that are still to be made go to its new address.
 */
export function replaceWebhook(store: Store, id: string, hook: Webhook, updatedBy: string): Promise<WebhookRow | null> {
  return inTransaction(store, async (tx) => {
    const [row] = await tx.$queryRaw<StoredWebhook[]>`
      UPDATE webhooks SET name = ${hook.name}, url = ${urlInClear(hook.url)},
        sealed_url = ${closed(store, hook.url, urlPlace(id))}::jsonb, events = ${hook.events ?? []}::text[],
        enabled = ${hook.enabled}, failing_since = NULL, disabled_at = NULL, disabled_reason = NULL,
        updated_by = ${updatedBy}, updated_at = now()
      WHERE id = ${id}::uuid
      RETURNING ${columns}`;
    return row === undefined ? null : opened(store, row);
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
    const [row] = await tx.$queryRaw<StoredWebhook[]>`
      UPDATE webhooks SET secret = ${closed(store, secret, secretPlace(id))}::jsonb, previous_secret = secret,
        previous_secret_until = now() + make_interval(hours => ${rotationHours}),
        updated_by = ${updatedBy}, updated_at = now()
      WHERE id = ${id}::uuid
      RETURNING ${columns}`;
    return row === undefined ? null : opened(store, row);
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
