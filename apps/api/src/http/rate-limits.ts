import { createHash } from 'node:crypto';
import { costOf, operationOf } from '@keyferry/operations';
import type { RequestHandler, Response } from 'express';
import { ipKeyGenerator, MemoryStore, type Options } from 'express-rate-limit';
import { type CallerBudgets, Charge, windowMs } from './caller-budgets.ts';
import { Problem } from './problem.ts';

/**
 * Requests a minute with a wrong token, or none, that one address may send. Nobody guesses 256 random bits: this spares the
 * database, and lets a script whose token has expired be noticed before it is shut out.
 */
export const failuresPerMinute = 2_000;

/** What a request costs that is refused, and any other until it is known what it asks for. */
const refusedCost = 1;

declare global {
  namespace Express {
    interface Locals {
      /** This request against its caller's budget; left out where there is none. */
      charge?: Charge;
    }
  }
}

/**
 * Refuses a caller whose budget of this minute is used up, and charges any other request as one that is refused: what it asks
 * for, and whether its caller may, is not known yet. Told in `RateLimit` headers. Behind `authenticate`; 0 a minute: no budget.
 */
export function limitCallers(budgets: CallerBudgets): RequestHandler {
  const { perMinute } = budgets;
  if (perMinute === 0) return (_request, _response, next) => next();
  return (request, response, next) => {
    const { caller } = response.locals;
    const key = Buffer.from(createHash('sha256').update(caller).digest('hex').slice(0, 12)).toString('base64');
    response.set('RateLimit-Policy', `"${policy}"; q=${perMinute}; w=${windowMs / 1_000}; pk=:${key}:`);
    const charge = budgets.admit(caller);
    if (!(charge instanceof Charge)) {
      const { most, seconds } = charge;
      response.set('RateLimit', rateLimitOf({ units: 0, seconds }));
      const by = most === null ? '' : `, ${most.units} of them by ${most.operation}`;
      throw tooMany(`${caller} has used up its ${perMinute} cost units per minute${by}.`, seconds);
    }
    charge.add(operationOf(request.method, request.baseUrl + request.path) ?? 'paths that do not exist', refusedCost);
    response.locals.charge = charge;
    response.set('RateLimit', rateLimitOf(charge.left()));
    next();
  };
}

/**
 * Charges what the operation costs before it begins, and its answer while it is written; bodies are charged where they are
 * read. What is refused after all (4xx) costs no more than any refusal. Behind `authorise`.
 */
export const chargeOperation: RequestHandler = (_request, response, next) => {
  const { charge, operation } = response.locals;
  if (charge !== undefined) {
    const more = costOf(operation) - refusedCost;
    charge.add(operation, more);
    response.set('RateLimit', rateLimitOf(charge.left()));
    response.once('close', () => {
      if (response.statusCode >= 400 && response.statusCode < 500) charge.add(operation, -more);
    });
    chargeAnswer(response);
  }
  next();
};

/** Charges bytes of a body that were taken, as they are once they are inflated. */
export function chargeBody({ locals }: Response, bytes: number): void {
  locals.charge?.addBytes(locals.operation, bytes);
}

/** How many bytes of a body were read before it turned out to be too large; 0 where it did not. */
export function bytesReadBefore(error: unknown): number {
  const { received } = (error ?? {}) as { received?: unknown };
  return typeof received === 'number' ? received : 0;
}

/** The parts of a long body, each charged as it is taken. */
export async function* chargedBody(response: Response, parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    chargeBody(response, part.length);
    yield part;
  }
}

/** Event streams are limited by number, and their content is read once for all: their size costs nothing. */
function chargeAnswer(response: Response): void {
  const { locals, write, end } = response;
  const count = (part: unknown) => {
    if (typeof part !== 'string' && !(part instanceof Uint8Array)) return;
    if (String(response.getHeader('Content-Type')).startsWith('text/event-stream')) return;
    locals.charge?.addBytes(locals.operation, part.length);
  };
  response.write = (...given: unknown[]) => {
    count(given[0]);
    return Reflect.apply(write, response, given);
  };
  response.end = (...given: unknown[]) => {
    count(given[0]);
    return Reflect.apply(end, response, given);
  };
}

/** A field of the IETF's draft 8. */
const policy = 'cost-in-1min';
const rateLimitOf = ({ units, seconds }: { units: number; seconds: number }) => `"${policy}"; r=${units}; t=${seconds}`;

/**
 * Answers an address that has failed to authenticate too often before its token is looked at. Only what was answered
 * with a 401 counts, so that a long stream or a slow database blocks no caller. Before `authenticate`.
 */
export function limitFailures(): RequestHandler {
  const failures = new MemoryStore();
  failures.init({ windowMs } as Options);
  return async (request, response, next) => {
    const address = ipKeyGenerator(request.ip ?? '');
    const { totalHits = 0, resetTime = new Date() } = (await failures.get(address)) ?? {};
    if (totalHits >= failuresPerMinute) {
      const seconds = Math.ceil((resetTime.getTime() - Date.now()) / 1_000);
      throw tooMany(
        `${failuresPerMinute} requests without a valid token came from this address within a minute.`,
        seconds,
      );
    }
    response.once('finish', () => {
      if (response.statusCode === 401) void failures.increment(address);
    });
    next();
  };
}

function tooMany(why: string, seconds: number): Problem {
  const after = Math.max(1, seconds);
  return new Problem(429, 'Too many requests', `${why} Retry in ${after} s.`, {
    headers: { 'Retry-After': String(after) },
  });
}
