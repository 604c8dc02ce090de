import {
  checkInput,
  type InputError,
  type WebhookEventType,
  type WebhookInput,
  type WebhookView,
  webhookSchema,
} from '@keyferry/core';

/** A webhook as it stands in the form. */
export interface WebhookDraft {
  readonly name: string;
  readonly url: string;
  readonly allEvents: boolean;
  /** Kept while all are asked for. */
  readonly events: readonly WebhookEventType[];
  readonly enabled: boolean;
}

export const emptyWebhook: WebhookDraft = { name: '', url: '', allEvents: true, events: [], enabled: true };

export function draftOf({ name, url, events, enabled }: WebhookView): WebhookDraft {
  return { name, url, allEvents: events === null, events: events ?? [], enabled };
}

/** The webhook that a draft says, as the API takes it. */
export function webhookOf({ name, url, allEvents, events, enabled }: WebhookDraft): WebhookInput {
  return { name: name.trim(), url: url.trim(), events: allEvents ? null : [...events], enabled };
}

/** What is wrong with a draft; which hosts are allowed only the API knows. */
export function errorsOfWebhook(draft: WebhookDraft): readonly InputError[] {
  const checked = checkInput(webhookSchema, webhookOf(draft));
  return 'errors' in checked ? checked.errors : [];
}
