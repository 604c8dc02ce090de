import { problemSchema } from '@keyferry/core';
import { z } from 'zod';

const titles = {
  400: 'The request cannot be parsed: its headers, path or body',
  401: 'No valid token or session',
  403: 'The role or the scope of the token does not allow it; `detail` says what is needed',
  404: 'Not found, or outside the scope of the token',
  408: 'The request timed out before it was complete',
  409: 'The state does not allow it, the approved plan or version is no longer current, or the Idempotency-Key was used with a different body',
  411: 'A compressed body needs a Content-Length',
  413: 'The body is too large, or the operation takes none',
  415: 'The content type, encoding or character set is not supported',
  422: 'The input is not valid; `errors` lists every error',
  429:
    'A limit is reached: cost units per minute of this caller (each operation has an `x-cost`), failed authentications from ' +
    'this address, or concurrent event streams or requests with a body of this ' +
    'caller',
  431: 'The request line and headers are larger than 16 KiB',
  503: 'A dependency is down, or this process has reached its limit of event streams or requests with a body',
} as const;

export type ProblemStatus = keyof typeof titles;

const retryAfter = z.string().describe('Seconds to wait before a retry');

/** The answer that is a problem document of this status. */
export const problem = (status: ProblemStatus) => ({
  description: titles[status],
  ...(status === 429 ? { headers: z.object({ 'Retry-After': retryAfter }) } : {}),
  ...(status === 503 ? { headers: z.object({ 'Retry-After': retryAfter.optional() }) } : {}),
  content: { 'application/problem+json': { schema: problemSchema } },
});
