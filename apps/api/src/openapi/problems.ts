import { problemSchema } from '@keyferry/core';
import { z } from 'zod';

const titles = {
  400: 'The request cannot be read: its head, its path or its body',
  401: 'No valid token',
  403: 'The role, or the scope of the token, does not allow it; what is needed is told',
  404: 'Not there',
  408: 'The request did not come to its end in time',
  409: 'The state forbids it, the plan is not the one that is approved, another version came first, or the Idempotency-Key was used with another body',
  411: 'A compressed body needs a Content-Length',
  413: 'The body is larger than this operation takes, or it takes none',
  415: 'A content type, an encoding or a character set that is not taken here',
  422: 'Well-formed, but invalid; every error is listed',
  429:
    'This caller has used up its cost units of this minute (each operation has an `x-cost`), or more failures to authenticate ' +
    'came from this address than may; or as many event streams, or requests with a body, of this caller are under way as it ' +
    'may have',
  431: 'The head of the request, with its path and query, is larger than 16 KiB',
  503: 'A dependency is down, or this process has as many event streams, or requests with a body, as it may',
} as const;

export type ProblemStatus = keyof typeof titles;

const retryAfter = z.string().describe('Come again in so many seconds');

/** The answer that is a problem document of this status. */
export const problem = (status: ProblemStatus) => ({
  description: titles[status],
  ...(status === 429 ? { headers: z.object({ 'Retry-After': retryAfter }) } : {}),
  ...(status === 503 ? { headers: z.object({ 'Retry-After': retryAfter.optional() }) } : {}),
  content: { 'application/problem+json': { schema: problemSchema } },
});
