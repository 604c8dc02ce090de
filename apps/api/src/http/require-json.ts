import type { Request, Response } from 'express';
import { Problem } from './problem.ts';

/** Lets through what has no body, or one of JSON; anything else gets a 415. */
export function requireJson(request: Request, _response: Response, next: () => void): void {
  const hasBody = request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0;
  if (hasBody && !request.is('application/json')) {
    throw new Problem(415, 'Unsupported media type', 'Send the body as Content-Type: application/json.');
  }
  next();
}
