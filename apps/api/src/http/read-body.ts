import { mostBytesOf, operationNamed } from '@keyferry/operations';
import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { hasBody } from './has-body.ts';
import { Problem } from './problem.ts';
import { bytesReadBefore, chargeBody } from './rate-limits.ts';
import { requireJson } from './require-json.ts';
import { takeLargeBody } from './take-large-body.ts';

const KiB = 1024;
/** Lists of keys become a third to a tenth by compression. What becomes less than this was made to be large. */
const mostInflation = 20;

/**
 * Reads the JSON body of an operation that takes one, within its limit. Refuses bodies of operations that take none, and
 * leaves those of operations that take other types too (manifests) to their handlers, which stream them. Behind
 * `authorise`: nothing is read of a body whose sender may not do what is asked for.
 */
export const readBody: RequestHandler = (request, response, next) => {
  const { operation } = response.locals;
  const { body } = operationNamed(operation);
  if (!hasBody(request)) next();
  else if (body === undefined) leaveOut(request, operation, next);
  else if (request.is('application/json')) {
    const limit = Math.min(mostBytesOf(body), inflatedBytes(request));
    if (body.large) takeLargeBody(limit, request, response, next);
    else takeSmallBody(limit, request, response, next);
  } else {
    if (!body.instead) requireJson(request);
    next();
  }
};

function takeSmallBody(limit: number, request: Request, response: Response, next: NextFunction): void {
  const verify = (_request: unknown, _response: unknown, body: Uint8Array) => chargeBody(response, body.length);
  json({ limit, strict: false, verify })(request, response, (error?: unknown) => {
    chargeBody(response, bytesReadBefore(error));
    next(error);
  });
}

/** An unexpected body is never read; a client may send `{}` with every command. */
function leaveOut(request: Request, operation: string, next: () => void): void {
  const length = Number(request.get('content-length') ?? Number.POSITIVE_INFINITY);
  if (length > KiB) throw new Problem(413, 'Too large', `${operation} takes no body. Remove it.`);
  next();
}

/** What a compressed body may become at most; any size where it is not compressed. */
function inflatedBytes(request: Request): number {
  if ((request.get('content-encoding') ?? 'identity') === 'identity') return Number.POSITIVE_INFINITY;
  const length = Number(request.get('content-length') ?? Number.NaN);
  if (Number.isNaN(length)) {
    throw new Problem(411, 'Length required', 'Send a compressed body with its Content-Length, or uncompressed.');
  }
  return 64 * KiB + mostInflation * length;
}
