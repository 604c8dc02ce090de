import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { openApiDocument } from '../openapi/document.ts';
import { hasBody } from './has-body.ts';
import { operations } from './operations.ts';
import { Problem } from './problem.ts';
import { bytesReadBefore, chargeBody } from './rate-limits.ts';
import { requireJson } from './require-json.ts';
import { takeLargeBody } from './take-large-body.ts';

const [KiB, MiB] = [1024, 1024 * 1024];
/** Bytes of a JSON body, inflated. What names keys one by one may be large; all other operations take a few fields. */
const mostBytes: Readonly<Record<string, number>> = {
  'POST /v1/plans': 32 * MiB,
  'POST /v1/drills': 32 * MiB,
  'POST /v1/schedules': 32 * MiB,
  'PUT /v1/schedules/{id}': 32 * MiB,
  'PUT /v1/coverage/policies/{name}': 32 * MiB,
  'POST /v1/coverage/checks': 32 * MiB,
  'POST /v1/coverage/checks/{id}/plan': MiB,
  'PUT /v1/region-groups/{name}': MiB,
};
const otherBytes = 256 * KiB;
/** Lists of keys become a third to a tenth by compression. What becomes less than this was made to be large. */
const mostInflation = 20;

/**
 * Reads the JSON body of an operation that takes one, within its limit. Refuses bodies of operations that take none, and
 * leaves those of operations that take other types too (manifests) to their routes, which stream them. Behind
 * `authorise`: nothing is read of a body whose sender may not do what is asked for.
 */
export function readBody({ paths = {} }: ReturnType<typeof openApiDocument>): RequestHandler {
  const typesOf = (operation: string): string[] => {
    const [method = '', path = ''] = operation.split(' ');
    const body = paths[path]?.[method.toLowerCase() as 'post' | 'put' | 'patch']?.requestBody;
    return body && 'content' in body ? Object.keys(body.content) : [];
  };
  return (request, response, next) => {
    const { operation } = response.locals;
    const types = typesOf(operation);
    if (!hasBody(request)) next();
    else if (types.length === 0) leaveOut(request, operation, next);
    else if (request.is('application/json')) {
      const limit = Math.min(mostBytes[operation] ?? otherBytes, inflatedBytes(request));
      if (operations[operation]?.largeBody) takeLargeBody(limit, request, response, next);
      else takeSmallBody(limit, request, response, next);
    } else if (types.length > 1) next();
    else requireJson(request, response, next);
  };
}

function takeSmallBody(limit: number, request: Request, response: Response, next: NextFunction): void {
  const verify = (_request: unknown, _response: unknown, body: Uint8Array) => chargeBody(response, body.length);
  json({ limit, strict: false, verify })(request, response, (error?: unknown) => {
    chargeBody(response, bytesReadBefore(error));
    next(error);
  });
}

/** A body that nobody asked for is never read; a client that sends `{}` with every command may. */
function leaveOut(request: Request, operation: string, next: () => void): void {
  const length = Number(request.get('content-length') ?? Number.POSITIVE_INFINITY);
  if (length > KiB) throw new Problem(413, 'Too large', `${operation} takes no body. Leave it out.`);
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
