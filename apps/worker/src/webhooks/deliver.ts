import { cloudEventBody, deliveryRetryMs } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import {
  type AfterAttempt,
  type ClaimedDelivery,
  claimDelivery,
  isPermanentFailure,
  recordAttempt,
  type Store,
} from '@keyferry/store';
import type { Sender, SentAttempt } from '@keyferry/webhook';

export interface DeliverContext {
  readonly store: Store;
  readonly sender: Sender;
  /** Of the events, so that a receiver can tell installations apart. */
  readonly source: string;
  readonly log: Log;
  readonly random: () => number;
  /** Told of every attempt when it has ended. */
  readonly noteAttempt: (attempt: SentAttempt) => void;
}

/**
 * Makes one attempt of a delivery that is due. It is recorded that it begins, and what came of it: a worker that dies
 * between the two leaves a claim that ends, and the event is sent again, with the same id.
 */
export async function deliver(context: DeliverContext, deliveryId: string, signal?: AbortSignal): Promise<void> {
  const { store, sender, source, log, random, noteAttempt } = context;
  const claimed = await claimDelivery(store, deliveryId);
  if (claimed === null) return;
  const { id, webhook_id: webhook, url, secrets, event, attempt } = claimed;
  const message = { url, id: event.id, body: cloudEventBody(event, source), secrets };
  const sent = await sender.send(message, signal);
  noteAttempt(sent);
  const after = afterAttempt(claimed, sent, random);
  const { disabled } = await recordAttempt(store, claimed, sent, after).catch((error: unknown) => {
    if (!isPermanentFailure(error)) throw error;
    log.error({ err: error, webhook, delivery: id }, 'Postgres refused the response of a webhook: recorded without it');
    return recordAttempt(store, claimed, { ...sent, answer: null }, after);
  });
  const { outcome, httpStatus, durationMs } = sent;
  const told = { webhook, delivery: id, outcome, httpStatus, durationMs: Math.round(durationMs), state: after.state };
  if (outcome === 'delivered') log.debug(told, 'event delivered');
  else log.warn({ ...told, failures: claimed.failures + 1 }, `delivery attempt ${attempt} failed`);
  if (disabled) log.error({ webhook }, 'webhook disabled after too many failures: see keyferry webhook show');
}

function afterAttempt(
  { failures }: Pick<ClaimedDelivery, 'failures'>,
  { outcome, error }: SentAttempt,
  random: () => number,
): AfterAttempt {
  if (outcome === 'delivered') return { state: 'delivered' };
  if (outcome === 'gone') return { state: 'failed', disable: error };
  const retryMs = deliveryRetryMs(failures + 1, random);
  return retryMs === null ? { state: 'failed', disable: null } : { state: 'pending', retryMs };
}
