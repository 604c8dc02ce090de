import type { RequestHandler } from 'express';
import { ipKeyGenerator, MemoryStore, type Options, rateLimit } from 'express-rate-limit';
import { Problem } from './problem.ts';

const windowMs = 60_000;

/**
 * Requests a minute with a wrong token, or none, that one address may send. Nobody guesses 256 random bits: this spares the
 * database, and lets a script whose token has expired be noticed before it is shut out.
 */
export const failuresPerMinute = 2_000;

/** Holds each caller to so many requests a minute, told in `RateLimit` headers; 0: to none. Behind `authenticate`. */
export function limitCallers(perMinute: number): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (_request, { locals }) => locals.caller,
    handler: (_request, response, next) => {
      const seconds = Number(response.getHeader('Retry-After'));
      next(tooMany(`${response.locals.caller} may send ${perMinute} requests a minute.`, seconds));
    },
  });
}

/**
 * Answers an address that has failed to authenticate too often before its token is looked at. Only what was answered
 * with a 401 counts, so that a long stream or a slow database shuts nobody out. Before `authenticate`.
 */
export function limitFailures(): RequestHandler {
  const failures = new MemoryStore();
  failures.init({ windowMs } as Options);
  return async (request, response, next) => {
    const address = ipKeyGenerator(request.ip ?? '');
    const { totalHits = 0, resetTime = new Date() } = (await failures.get(address)) ?? {};
    if (totalHits >= failuresPerMinute) {
      const seconds = Math.ceil((resetTime.getTime() - Date.now()) / 1_000);
      throw tooMany(`From this address ${failuresPerMinute} requests without a valid token came in a minute.`, seconds);
    }
    response.once('finish', () => {
      if (response.statusCode === 401) void failures.increment(address);
    });
    next();
  };
}

function tooMany(why: string, seconds: number): Problem {
  const after = Math.max(1, seconds);
  return new Problem(429, 'Too many requests', `${why} Come again in ${after} s.`, {
    headers: { 'Retry-After': String(after) },
  });
}
