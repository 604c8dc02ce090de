import type { SeededRandom } from '../kms/seeded-random.ts';
import type { Settings } from '../settings.ts';
import { CckmFailure } from './failure.ts';

/** Why CCKM's AWS client got no answer, by name: what its connection reported. Source: CCKM contract, section 9, row 1. */
const causes = {
  no_such_host: (host: string) => `dial tcp: lookup ${host} on 10.96.0.10:53: no such host`,
  dial_timeout: () => 'dial tcp 203.0.113.17:443: i/o timeout',
  refused: () => 'dial tcp 203.0.113.17:443: connect: connection refused',
  unreachable: () => 'dial tcp 203.0.113.17:443: connect: network is unreachable',
  reset: () => 'read tcp 10.0.4.7:51344->203.0.113.17:443: read: connection reset by peer',
  eof: () => 'EOF',
  tls_timeout: () => 'net/http: TLS handshake timeout',
  deadline: () => 'context deadline exceeded',
  headers_timeout: () => 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
} as const;

export const unreachedKinds = [
  'no_such_host',
  'dial_timeout',
  'refused',
  'unreachable',
  'reset',
  'eof',
  'tls_timeout',
  'deadline',
  'headers_timeout',
  'canceled',
] as const;
export type UnreachedKind = (typeof unreachedKinds)[number];

export interface Unreached {
  /** Left out: one of them, by the seed. */
  readonly kind?: UnreachedKind | undefined;
  /** In place of the wording of a kind: all that follows CCKM's phrase. */
  readonly message?: string | undefined;
  /** 400, 422 … : CCKM's wrapper; from 500 on its internal error. */
  readonly status?: number | undefined;
}

/** CCKM's answer when its own AWS client got none from `region`: the same wrapper as for a refusal of AWS. */
export function unreached(
  { kind, message, status = 400 }: Unreached,
  { phrase, operation, region }: { phrase: string; operation: string; region: string },
  { settings, random }: { settings: Settings; random: SeededRandom },
): CckmFailure {
  const chosen = kind ?? unreachedKinds[Math.floor(random.next() * unreachedKinds.length)] ?? 'reset';
  const text = `${phrase} : ${message ?? wording(chosen, settings.errorStyle, operation, `kms.${region}.amazonaws.com`)}`;
  return status >= 500
    ? new CckmFailure(status, 14, 'NCERRInternalServerError: unexpected error', text)
    : new CckmFailure(status, 15, 'NCERRBadRequest: Bad HTTP request', text);
}

/** As the AWS SDK for Go writes it, version 1 (`classic`) or 2. */
function wording(kind: UnreachedKind, style: Settings['errorStyle'], operation: string, host: string): string {
  const post = `Post "https://${host}/": ${kind === 'canceled' ? 'context canceled' : causes[kind](host)}`;
  if (style === 'classic') {
    return kind === 'canceled'
      ? 'RequestCanceled: request context canceled\ncaused by: context canceled'
      : `RequestError: send request failed\ncaused by: ${post}`;
  }
  const failed = `operation error KMS: ${operation}, https response error StatusCode: 0, RequestID: , `;
  return kind === 'canceled' ? `${failed}canceled, context canceled` : `${failed}request send failed, ${post}`;
}
