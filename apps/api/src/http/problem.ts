import { randomUUID } from 'node:crypto';
import { checkInput, type InputError, mostErrors, type ProblemDocument, truncateText } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { isDatabaseAway, SubmissionConflict, sqlState } from '@keyferry/store';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';

/** A failed request: thrown anywhere in a handler, answered as an RFC 9457 problem document. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly errors: readonly InputError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    detail: string,
    extra: { errors?: readonly InputError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.status = status;
    this.title = title;
    this.errors = extra.errors;
    this.headers = extra.headers ?? {};
  }
}

/** Maximum characters of a path or a message in a response: they may repeat what was sent. */
const lettersTold = 500;

/** Input that was understood but is wrong: 422, with everything that is wrong about it, or the first of `count` things. */
export function invalidInput(all: readonly InputError[], count: number = all.length): Problem {
  const errors = all.slice(0, mostErrors).map((error) => {
    return { ...error, path: clip(error.path), message: clip(error.message) };
  });
  const faults = count === 1 ? '1 error' : `${count.toLocaleString('en')} errors`;
  const where =
    count > errors.length
      ? `see the first ${errors.length} in "errors", and ${(count - errors.length).toLocaleString('en')} more`
      : 'see "errors"';
  return new Problem(422, 'Invalid input', `${faults} in the request: ${where}. Nothing was stored.`, {
    errors,
  });
}

function clip(text: string): string {
  return truncateText(text, lettersTold + 1);
}

/** Inputs that were checked already: with which schema, and what it made of them. */
const known = new WeakMap<object, { schema: z.ZodType; data: unknown }>();

/** Has `parseInput` answer `data` for this input and this schema, without checking it again. */
export function noteChecked(schema: z.ZodType, input: unknown, data: unknown): void {
  if (typeof input === 'object' && input !== null) known.set(input, { schema, data });
}

/** Parses with a schema or throws the 422. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const before = typeof input === 'object' && input !== null ? known.get(input) : undefined;
  if (before?.schema === schema) return before.data as z.output<S>;
  const checked = checkInput(schema, input);
  if ('errors' in checked) throw invalidInput(checked.errors);
  return checked.data;
}

/** The 401 of a request without a token that works. */
export function notAuthenticated(detail: string): Problem {
  return new Problem(401, 'Not authenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="keyferry"' } });
}

/** The 404 of what is not there, or not for this caller. */
export function absent(what: string, id: string): Problem {
  return new Problem(404, 'Not found', `There is no ${what} ${id}.`);
}

declare global {
  namespace Express {
    interface Locals {
      requestId: string;
      /** What the caller calls this request: it may be anybody's, or the same again. */
      callerRequestId?: string;
    }
  }
}

/**
 * Gives every request an id of ours, which logs and the audit log know it by. The caller's `X-Request-Id` is kept apart, where
 * it is short and plain. Both are in the response.
 */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  response.locals.requestId = randomUUID();
  response.set('X-Request-Id', response.locals.requestId);
  if (given && /^[A-Za-z0-9._-]{1,100}$/.test(given)) {
    response.locals.callerRequestId = given;
    response.set('X-Caller-Request-Id', given);
  }
  next();
};

export const notFound: RequestHandler = (request) => {
  throw new Problem(
    404,
    'Not found',
    `No such path: ${request.method} ${request.baseUrl}${request.path}. See /docs for the API.`,
  );
};

/** The last handler: turns whatever was thrown into a problem document. Stack traces go to the log only. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) {
      log.warn({ err: error, requestId: response.locals.requestId }, 'request failed');
      next(error);
      return;
    }
    const problem = asProblem(error, log, response);
    sendProblem(request, response, problem);
  };
}

function sendProblem(request: Request, response: Response, problem: Problem): void {
  // A client reads the answer only when its body has been taken off the wire, wanted or not.
  request.resume();
  const document: ProblemDocument = {
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: request.originalUrl,
    request_id: response.locals.requestId,
    ...(problem.errors ? { errors: [...problem.errors] } : {}),
  };
  response.status(problem.status).set(problem.headers).type('application/problem+json').send(JSON.stringify(document));
}

/** What was refused on purpose, in a route or below it; null: the error is none of that. */
export function refusalOf(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (!(error instanceof SubmissionConflict)) return null;
  const { what, id } = error;
  return new Problem(
    409,
    'Idempotency conflict',
    `This Idempotency-Key was used for ${what} ${id} with a different body. Use a new key for a new submission.`,
  );
}

/** What a response says of an error; the log has the rest. */
export function asProblem(error: unknown, log: Log, response: Response): Problem {
  const refused = refusalOf(error);
  if (refused !== null) return refused;
  const { type, status, message } = (error ?? {}) as Record<string, unknown>;
  switch (type) {
    case 'entity.too.large':
      return new Problem(413, 'Too large', tooLarge(response.locals.operation, (error as { limit?: number }).limit));
    case 'entity.parse.failed':
      return new Problem(400, 'Unreadable', `The body is not JSON: ${String(message)}`);
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Problem(415, 'Unsupported media type', String(message));
  }
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Problem(status, 'Bad request', String(message));
  if (isDatabaseAway(error)) {
    log.warn({ err: error, requestId: response.locals.requestId }, 'a dependency is down');
    const takesNoWrites = /^(25006|53100)$/.test(sqlState(error) ?? '');
    const what = takesNoWrites
      ? 'Postgres accepts no writes (read-only, or its disk is full).'
      : 'Postgres does not answer.';
    return new Problem(503, 'Dependency down', `${what} Nothing was stored. Retry later.`, {
      headers: { 'Retry-After': '2' },
    });
  }
  log.error({ err: error, requestId: response.locals.requestId }, 'request failed');
  return new Problem(
    500,
    'Internal error',
    'Keyferry failed to process this request. The API log has the cause under the request id.',
  );
}

function tooLarge(operation: string | undefined, limit = 0): string {
  const said = `The JSON body of ${operation ?? 'this request'} is limited to ${limit.toLocaleString('en')} bytes, uncompressed.`;
  return operation === 'POST /v1/plans' ? `${said} Submit more keys as a manifest, or in several plans.` : said;
}
