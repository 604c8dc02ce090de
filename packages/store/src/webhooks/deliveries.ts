import { type DeliveryState, testEventType } from '@keyferry/core';
import { type Connection, inTransaction, Prisma, type Store } from '../store.ts';

/** A delivery as it is stored, with its event and all its attempts. */
export interface DeliveryRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_attempt_at: Date;
  readonly created_at: Date;
  readonly settled_at: Date | null;
  readonly event_id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: bigint;
  readonly time: Date;
  readonly attempt_log: readonly {
    readonly n: number;
    readonly started_at: string;
    readonly duration_ms: number | null;
    readonly http_status: number | null;
    readonly error: string | null;
    readonly answer: string | null;
  }[];
}

function selectDeliveries(db: Connection, where: Prisma.Sql, limit: number): Promise<DeliveryRow[]> {
  return db.$queryRaw`
    SELECT d.id, d.webhook_id, d.state::text AS state, d.attempts, d.next_attempt_at, d.created_at, d.settled_at,
      e.id AS event_id, e.type, e.subject, e.sequence, e.time,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('n', a.n, 'started_at', event_time(a.started_at),
          'duration_ms', a.duration_ms, 'http_status', a.http_status, 'error', a.error, 'answer', a.answer)
          ORDER BY a.n), '[]')
        FROM webhook_attempts a WHERE a.delivery_id = d.id) AS attempt_log
    FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
    WHERE ${where} ORDER BY d.id DESC LIMIT ${limit}`;
}

/** A page of a webhook's deliveries, newest first; `before` is the id of the last one seen. */
export function listDeliveries(
  store: Store,
  webhookId: string,
  { limit, before, state }: { limit: number; before: string | null; state: DeliveryState | null },
): Promise<DeliveryRow[]> {
  const older = before === null ? Prisma.sql`true` : Prisma.sql`d.id < ${before}::uuid`;
  const inState = state === null ? Prisma.sql`true` : Prisma.sql`d.state = ${state}::webhook_delivery_state`;
  return selectDeliveries(
    store.prisma,
    Prisma.sql`d.webhook_id = ${webhookId}::uuid AND ${older} AND ${inState}`,
    limit,
  );
}

export async function readDelivery(db: Connection, webhookId: string, id: string): Promise<DeliveryRow | null> {
  const where = Prisma.sql`d.id = ${id}::uuid AND d.webhook_id = ${webhookId}::uuid`;
  const [row] = await selectDeliveries(db, where, 1);
  return row ?? null;
}

/** Has a test event sent to a webhook, and answers its delivery; null when it is not enabled. */
export function testWebhook(store: Store, webhookId: string, sentBy: string): Promise<DeliveryRow | null> {
  return inTransaction(store, async (tx) => {
    const [made] = await tx.$queryRaw<{ id: string }[]>`
      WITH event AS (
        INSERT INTO webhook_events (id, type, subject, time, data)
        SELECT new_id(), ${testEventType}, w.id, clock_timestamp(),
          jsonb_build_object('name', w.name, 'sent_by', ${sentBy}::text)
        FROM webhooks w WHERE w.id = ${webhookId}::uuid AND w.enabled
        RETURNING id
      )
      INSERT INTO webhook_deliveries (id, webhook_id, event_id) SELECT new_id(), ${webhookId}::uuid, id FROM event
      RETURNING id`;
    if (made === undefined) return null;
    return auditedDelivery(tx, webhookId, made.id, 'webhook.test');
  });
}

/** Has a delivery sent again, now, whatever became of it; null when its webhook is not enabled, or it is gone. */
export function redeliver(store: Store, webhookId: string, id: string): Promise<DeliveryRow | null> {
  return inTransaction(store, async (tx) => {
    const changed = await tx.$executeRaw`
      UPDATE webhook_deliveries d SET state = 'pending', failures = 0, next_attempt_at = now(), settled_at = NULL
      FROM webhooks w
      WHERE d.id = ${id}::uuid AND d.webhook_id = ${webhookId}::uuid AND w.id = d.webhook_id AND w.enabled`;
    return changed === 0 ? null : auditedDelivery(tx, webhookId, id, 'webhook.redeliver');
  });
}

/** The delivery as the transaction leaves it. No row that is audited has changed, so its entry is appended here, last. */
async function auditedDelivery(
  tx: Connection,
  webhookId: string,
  id: string,
  action: string,
): Promise<DeliveryRow | null> {
  const row = await readDelivery(tx, webhookId, id);
  await tx.$queryRaw`
    SELECT append_audit('webhook', ${webhookId}, ${action},
      jsonb_build_object('delivery_id', ${id}::text, 'event', ${row?.type}::text, 'subject', ${row?.subject}::text))::text`;
  return row;
}
