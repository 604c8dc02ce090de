import { redactMessage } from '@keyferry/core';

const form = /^[a-z-]+:\/\/(?:[^/?#]*@)?(?<hosts>[^/?#@]*)(?<path>[^?#@]*)(?:\?(?<query>[^@]*))?$/i;

/**
 * Host, port and path of an address, without the login and the query, in which secrets stand. Null where it cannot be told
 * which is which: an `@`, `/`, `?` or `#` of a password must be percent-encoded.
 */
export function address(url: string): string | null {
  const { hosts, path = '', query } = form.exec(url)?.groups ?? {};
  if (hosts === undefined) return null;
  return `${hosts || new URLSearchParams(query).get('host') || 'localhost'}${path}`;
}

/** Whether the way to it leaves this machine: loopback and sockets do not. */
export function isLocal(where: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/.test(where) || where.startsWith('/');
}

/** Why something could not be reached; by its code where the message says nothing. */
export function reasonOf(error: unknown): string {
  const { message = '', code = '' } = (error ?? {}) as { message?: string; code?: string };
  return redactMessage(message || code || 'reason unknown');
}

export const unclearAddress = 'cannot be parsed: percent-encode its user and password';
