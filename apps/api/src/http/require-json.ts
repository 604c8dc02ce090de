import type { Request, Response } from 'express';
import { hasBody } from './has-body.ts';
import { Problem } from './problem.ts';

/** Lets through what has no body, or one of JSON; anything else gets a 415. */
export function requireJson(request: Request, _response: Response, next: () => void): void {
  if (hasBody(request) && !request.is('application/json')) {
    throw new Problem(415, 'Unsupported media type', 'Send the body as Content-Type: application/json.');
  }
  next();
}
