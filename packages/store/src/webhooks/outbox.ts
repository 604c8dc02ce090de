import type { WebhookEvent } from '@keyferry/core';
import { type Connection, inTransaction, type Store } from '../store.ts';
import { mostHoldersLost, outlivedHolders } from '../workers/holders-lost.ts';
import { secretPlace, urlPlace } from './webhooks.ts';

/** Deliveries to one webhook that are under way at most, whoever sends them: one that hangs leaves room for the others. */
const underWayAtMost = 4;

/** How long a worker that sends a delivery may be silent before another one sends it again. Longer than any attempt. */
const claimSeconds = 60;

const keptDays = 30;

/** A webhook that nothing has reached for so many days is given up with the next delivery that fails for good. */
const failingDays = 3;

export interface DueDelivery {
  readonly id: string;
  /** How often it was begun. */
  readonly attempts: number;
}

/** Deliveries whose time has come, a few of each webhook. */
export function findDueDeliveries(store: Store): Promise<DueDelivery[]> {
  return store.prisma.$queryRaw`
    SELECT due.id, due.attempts FROM webhooks w
    CROSS JOIN LATERAL (SELECT count(*)::int AS deliveries FROM webhook_deliveries d
      WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.claimed_until > now()) busy
    CROSS JOIN LATERAL (SELECT d.id, d.attempts FROM webhook_deliveries d
      WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_attempt_at <= now()
        AND (d.claimed_until IS NULL OR d.claimed_until <= now())
      ORDER BY d.next_attempt_at, d.id LIMIT greatest(0, ${underWayAtMost} - busy.deliveries)) due
    WHERE w.enabled`;
}

/** A delivery that this worker alone sends now. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly webhook_id: string;
  /** The number of this attempt. */
  readonly attempt: number;
  readonly failures: number;
  readonly url: string;
  /** Those that sign, the present one first. */
  readonly secrets: readonly string[];
  readonly event: WebhookEvent;
}

/**
 * Claims a delivery, and notes that an attempt begins; null when it is not due, or another worker has it, or it fails since
 * it has outlived too many workers.
 */
export async function claimDelivery(store: Store, id: string): Promise<ClaimedDelivery | null> {
  const { prisma, seal } = store;
  type Row = Omit<ClaimedDelivery, 'secrets' | 'event'> & {
    /** Of the attempts before, those that never ended. */
    holders_lost: number;
    secret: unknown;
    previous: unknown;
    event_id: string;
  } & Omit<WebhookEvent, 'id'>;
  const [row] = await prisma.$queryRaw<Row[]>`
    WITH claimed AS (
      UPDATE webhook_deliveries d
      SET attempts = d.attempts + 1, claimed_until = now() + make_interval(secs => ${claimSeconds})
      FROM webhooks w
      WHERE d.id = ${id}::uuid AND w.id = d.webhook_id AND w.enabled AND d.state = 'pending'
        AND d.next_attempt_at <= now() AND (d.claimed_until IS NULL OR d.claimed_until <= now())
      RETURNING d.id, d.webhook_id, d.event_id, d.attempts, d.failures, coalesce(w.sealed_url, to_jsonb(w.url)) AS url, w.secret,
        CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END AS previous
    ), noted AS (
      INSERT INTO webhook_attempts (delivery_id, n) SELECT id, attempts FROM claimed
    )
    SELECT (SELECT count(*)::int FROM webhook_attempts a WHERE a.delivery_id = c.id AND a.duration_ms IS NULL
        AND a.n BETWEEN c.attempts - ${mostHoldersLost} AND c.attempts - 1) AS holders_lost,
      c.id, c.webhook_id, c.attempts AS attempt, c.failures, c.url, c.secret, c.previous,
      e.id AS event_id, e.type, e.subject, e.sequence, e.time, e.data
    FROM claimed c JOIN webhook_events e ON e.id = c.event_id`;
  if (row === undefined) return null;
  const { holders_lost, secret, previous, event_id, type, subject, sequence, time, data, ...claimed } = row;
  if (holders_lost >= mostHoldersLost) {
    const error = outlivedHolders('sent this event', 'send it again');
    const result = { durationMs: 0, httpStatus: null, error, answer: null };
    await recordAttempt(store, claimed, result, { state: 'failed', disable: null });
    return null;
  }
  const secrets = [secret, ...(previous === null ? [] : [previous])].map(
    (sealed) => seal.open(sealed, secretPlace(claimed.webhook_id)) as string,
  );
  const url = seal.open(claimed.url, urlPlace(claimed.webhook_id)) as string;
  return { ...claimed, url, secrets, event: { id: event_id, type, subject, sequence, time, data } };
}

/** What became of an attempt. */
export interface AttemptResult {
  readonly durationMs: number;
  readonly httpStatus: number | null;
  /** Null: it was delivered. */
  readonly error: string | null;
  readonly answer: string | null;
}

/** What follows of it. `disable`: the webhook is not wanted any more, and why. */
export type AfterAttempt =
  | { readonly state: 'delivered' }
  | { readonly state: 'pending'; readonly retryMs: number }
  | { readonly state: 'failed'; readonly disable: string | null };

/**
 * Records an attempt. What was delivered is delivered, also when it took so long that another worker is at it; of a failure
 * only the latest attempt says what comes next. Answers whether the webhook was given up.
 */
export function recordAttempt(
  store: Store,
  { id, webhook_id: webhookId, attempt }: Pick<ClaimedDelivery, 'id' | 'webhook_id' | 'attempt'>,
  result: AttemptResult,
  after: AfterAttempt,
): Promise<{ disabled: boolean }> {
  const { durationMs, httpStatus, error, answer } = result;
  const retrySeconds = after.state === 'pending' ? after.retryMs / 1000 : 0;
  return inTransaction(store, async (tx) => {
    await tx.$executeRaw`
      UPDATE webhook_attempts SET duration_ms = ${Math.round(durationMs)}, http_status = ${httpStatus}, error = ${error},
        answer = ${answer}
      WHERE delivery_id = ${id}::uuid AND n = ${attempt}`;
    const delivered = after.state === 'delivered';
    const changed = await tx.$executeRaw`
      UPDATE webhook_deliveries SET state = ${after.state}::webhook_delivery_state, claimed_until = NULL,
        failures = failures + ${delivered ? 0 : 1},
        next_attempt_at = now() + make_interval(secs => ${retrySeconds}),
        settled_at = CASE WHEN ${after.state !== 'pending'} THEN now() END
      WHERE id = ${id}::uuid AND state = 'pending' AND (${delivered} OR attempts = ${attempt})`;
    return { disabled: changed === 1 && (await noteHealth(tx, webhookId, after)) };
  });
}

/** Keeps since when nothing has reached a webhook; answers whether it is given up. */
async function noteHealth(tx: Connection, webhookId: string, after: AfterAttempt): Promise<boolean> {
  if (after.state === 'delivered') {
    await tx.$executeRaw`
      UPDATE webhooks SET failing_since = NULL WHERE id = ${webhookId}::uuid AND failing_since IS NOT NULL`;
    return false;
  }
  await tx.$executeRaw`
    UPDATE webhooks SET failing_since = now() WHERE id = ${webhookId}::uuid AND failing_since IS NULL`;
  if (after.state === 'pending') return false;
  const disabled = await tx.$executeRaw`
    UPDATE webhooks SET enabled = false, disabled_at = now(), disabled_reason = coalesce(${after.disable},
      'Nothing has reached it since ' || event_time(failing_since) || '.')
    WHERE id = ${webhookId}::uuid AND enabled
      AND (${after.disable !== null} OR failing_since < now() - make_interval(days => ${failingDays}))`;
  return disabled === 1;
}

/** Takes away what happened too long ago, delivered or not, with its deliveries and their attempts. */
export function dropOldEvents({ prisma }: Store): Promise<number> {
  return prisma.$executeRaw`
    DELETE FROM webhook_events WHERE id IN (
      SELECT id FROM webhook_events WHERE time < now() - make_interval(days => ${keptDays}) LIMIT 5000)`;
}
