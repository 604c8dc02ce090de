import { type AuditOutcome, auditOutcomes } from '@keyferry/core';

/** Which entries a reader wants to see, as it stands in the address; empty: any. */
export interface AuditChoice {
  readonly actor: string;
  readonly action: string;
  readonly type: string;
  readonly subject: string;
  readonly outcome: AuditOutcome | '';
  /** RFC 3339; the same for readers in every time zone. */
  readonly from: string;
  readonly to: string;
}

export function choiceOf(search: URLSearchParams): AuditChoice {
  const text = (name: string) => search.get(name) ?? '';
  return {
    actor: text('actor'),
    action: text('action'),
    type: text('type'),
    subject: text('subject'),
    outcome: auditOutcomes.find((one) => one === search.get('outcome')) ?? '',
    from: timeIn(text('from')),
    to: timeIn(text('to')),
  };
}

export function isEmpty(choice: AuditChoice): boolean {
  return Object.values(choice).every((value) => value === '');
}

/** As the API takes it. */
export function queryOf({ actor, action, type, subject, outcome, from, to }: AuditChoice) {
  return {
    actor: actor || null,
    action: action || null,
    object_type: type || null,
    object_id: subject || null,
    outcome: outcome || null,
    from: from || null,
    to: to || null,
  };
}

/** A time of an address as an `<input type="datetime-local">` has it, in the reader's zone. */
export function localOf(time: string): string {
  if (time === '') return '';
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** And back; what is no time is none. */
export function timeIn(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
}
