/** An event as it is kept until it is delivered. */
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: bigint;
  readonly time: Date;
  readonly data: unknown;
}

/** The body of a delivery: the same text at every attempt. */
export function cloudEventBody(event: WebhookEvent, source: string): string {
  return JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source,
    type: event.type,
    subject: event.subject,
    time: event.time.toISOString(),
    sequence: sequenceText(event.sequence),
    datacontenttype: 'application/json',
    data: event.data,
  });
}

/** The extension `sequence` of CloudEvents is compared as text: hence the zeros. */
export function sequenceText(sequence: bigint): string {
  return String(sequence).padStart(19, '0');
}
