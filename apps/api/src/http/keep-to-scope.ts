import { covers, isEverywhere, parseLaneId } from '@keyferry/core';
import { operationNamed } from '@keyferry/operations';
import { isWithinScope, type Store } from '@keyferry/store';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { absent, Problem } from './problem.ts';

/**
 * Keeps a caller that has a scope to it, by the operation's rule and before its route: what lies outside is answered as
 * what does not exist, regardless of the rest of the request. After `authorise`.
 */
export function keepToScope(store: Store): RequestHandler {
  return async (request, response, next) => {
    const { scope, operation } = response.locals;
    if (isEverywhere(scope)) {
      next();
      return;
    }
    const { scope: rule } = operationNamed(operation);
    if (rule === 'everything') throw aboutEverything(operation, response);
    const id = namedBy(request, operation);
    if (rule === 'plan' || rule === 'schedule') {
      const there = z.uuid().safeParse(id).success && (await isWithinScope(store, `${rule}s`, id, scope));
      if (!there) throw absent(rule, id);
    }
    if (rule === 'lane') {
      const lane = parseLaneId(id);
      // An invalid lane is reported by the route.
      if (lane !== null && !covers(scope, lane)) throw absent(rule, id);
    }
    next();
  };
}

/** Refuses a caller that has a scope: for what is served outside /v1. */
export const needsEverything: RequestHandler = (request, response, next) => {
  if (!isEverywhere(response.locals.scope)) throw aboutEverything(`${request.method} ${request.baseUrl}`, response);
  next();
};

function aboutEverything(operation: string, { locals }: Response): Problem {
  return new Problem(
    403,
    'Not permitted',
    `${operation} covers all accounts and Regions: it needs a token without a scope, but the token of ${locals.caller} has one.`,
  );
}

/** What stands in the path where the operation has its first parameter; empty where it has none, or cannot be read. */
function namedBy({ baseUrl, path }: Request, operation: string): string {
  const place = operation.split('/').findIndex((part) => part.startsWith('{'));
  try {
    return decodeURIComponent(`${baseUrl}${path}`.split('/')[place] ?? '');
  } catch {
    return '';
  }
}
