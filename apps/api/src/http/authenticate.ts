import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Problem } from './problem.ts';

declare global {
  namespace Express {
    interface Locals {
      /** Who calls; set behind `authenticate`. */
      caller: string;
    }
  }
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets requests through that carry the admin token; any other gets a 401. */
export function authenticate(adminToken: string): RequestHandler {
  const expected = hash(adminToken);
  return (request, response, next) => {
    const token = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    if (token === undefined || !timingSafeEqual(hash(token), expected)) {
      throw new Problem(
        401,
        'Not authenticated',
        token === undefined
          ? 'Send an API token: "Authorization: Bearer <token>".'
          : 'This API token is not valid. Check that it is the one that KEYFERRY_ADMIN_TOKEN sets.',
        { headers: { 'WWW-Authenticate': 'Bearer realm="keyferry"' } },
      );
    }
    response.locals.caller = 'admin';
    next();
  };
}
