import { traced } from '@keyferry/tracing';
import { CckmError } from './cckm-error.ts';
import type { HttpAnswer, HttpCall } from './http-exchange.ts';

/**
 * Traces one exchange. Its span tells the path without ids and without its query, in which aliases stand, and nothing of
 * headers and bodies; the CipherTrust Manager is not told of it.
 */
export function traceCall(base: string, call: HttpCall, exchange: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  const { hostname, port, protocol } = new URL(base);
  const template = templateOf(call.path);
  const attributes = {
    'http.request.method': call.method,
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
    'url.template': template,
    'keyferry.cckm.operation': call.operation,
    ...(call.resends ? { 'http.request.resend_count': call.resends } : {}),
  };
  return traced(`${call.method} ${template}`, { kind: 'client', attributes }, async (span) => {
    try {
      const answer = await exchange();
      span.note(ofAnswer(answer));
      return answer;
    } catch (error) {
      if (error instanceof CckmError) span.note({ ...ofAnswer(error), ...providerCode(error) });
      throw error;
    }
  });
}

function ofAnswer({
  httpStatus,
  requestId,
}: Pick<CckmError, 'httpStatus' | 'requestId'>): Record<string, string | number> {
  return {
    ...(httpStatus === null ? {} : { 'http.response.status_code': httpStatus }),
    ...(requestId !== null && isName(requestId) ? { 'keyferry.cckm.request_id': requestId } : {}),
  };
}

function providerCode({ providerCode: code }: CckmError): Record<string, string> {
  return code !== null && isName(code) ? { 'keyferry.cckm.error_code': code } : {};
}

/** What CCKM says of itself is told only where it is plainly an id or a code. */
const isName = (text: string): boolean => /^[\w.-]{1,100}$/.test(text);

/** Of all paths that are called, only those of keys have a part of their own. */
function templateOf(path: string): string {
  return `/api${path.replace(/\?.*/s, '').replace(/(?<=\/aws\/keys\/)[^/]+/, '{id}')}`;
}
