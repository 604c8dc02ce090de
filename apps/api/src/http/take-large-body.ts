import { operationNamed } from '@keyferry/operations';
import { type Request, type Response, raw } from 'express';
import { type CheckedBody, checkLargeBody } from './check-large-body.ts';
import { jsonOf } from './json-of.ts';
import { invalidInput, noteChecked, Problem } from './problem.ts';
import { bytesReadBefore, chargeBody } from './rate-limits.ts';

/** What is smaller is read at once: it takes a few milliseconds. */
const largeBytes = 128 * 1_024;

/**
 * Reads the JSON body of an operation that may have a large one, of at most so many bytes. A large one is checked too, off the
 * main thread; its route finds it checked. Throws the 400, 415 and 422.
 */
export function takeLargeBody(limit: number, request: Request, response: Response, next: (error?: unknown) => void) {
  raw({ limit, type: 'application/json' })(request, response, (error?: unknown) => {
    chargeBody(response, error === undefined ? request.body.length : bytesReadBefore(error));
    if (error === undefined) takeIn(request, response).then(() => next(), next);
    else next(error);
  });
}

async function takeIn(request: Request, { locals }: Response): Promise<void> {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.get('content-type') ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    throw new Problem(415, 'Unsupported media type', `unsupported charset "${charset.toUpperCase()}"`);
  const body: Buffer = request.body;
  const { operation, caller } = locals;
  const checked = body.length < largeBytes ? readSmall(body) : await checkLargeBody(operation, body, caller);
  if ('unreadable' in checked) throw new Problem(400, 'Unreadable', `The body is not JSON: ${checked.unreadable}`);
  if ('errors' in checked) throw invalidInput(checked.errors, checked.count);
  request.body = checked.value;
  const schema = operationNamed(operation).body?.schema;
  if ('data' in checked && schema !== undefined) noteChecked(schema, checked.value, checked.data);
}

function readSmall(body: Uint8Array): CheckedBody | { value: unknown } {
  try {
    return { value: jsonOf(body) };
  } catch (error) {
    return { unreadable: (error as SyntaxError).message };
  }
}
