import type { Request } from 'express';
import { hasBody } from './has-body.ts';
import { Problem } from './problem.ts';

/** Throws the 415 of a body that is not JSON. */
export function requireJson(request: Request): void {
  if (hasBody(request) && !request.is('application/json')) {
    throw new Problem(415, 'Unsupported media type', 'Send the body as Content-Type: application/json.');
  }
}
