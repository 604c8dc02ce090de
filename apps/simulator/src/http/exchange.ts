import { setTimeout as wait } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { asFailure, CckmFailure, wrapped } from '../cckm/failure.ts';
import type { Effect } from '../control/faults.ts';
import type { LedgerEntry } from '../control/ledger.ts';
import { AwsException } from '../kms/aws-exception.ts';
import type { Simulation } from '../simulation.ts';

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

export interface Route {
  /** As it stands in the ledger and in faults. */
  readonly operation: string;
  /** How CCKM introduces AWS's errors, and the name of the call to AWS. */
  readonly phrase?: string;
  readonly awsOperation?: string;
  readonly open?: boolean;
  readonly work: (request: Request, entry: LedgerEntry) => Answer;
}

const html = (status: number): string =>
  `<html><head><title>${status}</title></head><body><h1>${status} from a proxy</h1></body></html>`;

/** Runs one call: the ledger, an outage, a fault, the token, the work, the answer. */
export function exchange(simulation: Simulation, route: Route): RequestHandler {
  return async (request, response) => {
    const started = simulation.now();
    const entry = simulation.ledger.open({
      at: started,
      method: request.method,
      path: request.originalUrl,
      operation: route.operation,
    });
    describe(simulation, request, entry);
    try {
      await run(simulation, route, request, response, entry);
    } finally {
      entry.httpStatus = response.headersSent ? response.statusCode : null;
      entry.durationMs = simulation.now() - started;
    }
  };
}

function describe(simulation: Simulation, request: Request, entry: LedgerEntry): void {
  const id = typeof request.params.id === 'string' ? request.params.id : null;
  const key = id === null ? undefined : simulation.kms.get(id);
  const body = (request.body ?? {}) as { replica_region?: unknown };
  entry.keyId = id;
  entry.mrk = key?.keyId ?? (typeof request.query.keyid === 'string' ? request.query.keyid : null);
  entry.account = key?.account ?? null;
  entry.primaryRegion = key?.region ?? null;
  if (typeof body.replica_region === 'string') entry.region = body.replica_region;
  else if (typeof request.query.region === 'string') entry.region = request.query.region;
  else if (route(request) === 'import-material') entry.region = key?.region ?? null;
}

const route = (request: Request): string => request.path.split('/').at(-1) ?? '';

async function run(
  simulation: Simulation,
  { operation, phrase, awsOperation, open, work }: Route,
  request: Request,
  response: Response,
  entry: LedgerEntry,
): Promise<void> {
  if (await outage(simulation, operation, request, response, entry)) return;
  const effect = simulation.faults.hit({ operation, region: entry.region, keys: [entry.keyId, entry.mrk] });
  if (effect) {
    entry.fault = Object.keys(effect).join('+');
    await wait(simulation.faults.latency(effect));
    if (effect.retryAfter) response.set('Retry-After', effect.retryAfter);
    if (effect.dropBefore) return void request.socket.destroy();
    if (effect.unauthorized)
      return fail(
        response,
        entry,
        new CckmFailure(401, 1, 'NCERRUnauthorized: Unauthorized', 'The token is not valid.'),
      );
    if (effect.awsError) {
      const exception = new AwsException(effect.awsError.name, effect.awsError.message);
      entry.awsError = exception.name;
      return fail(
        response,
        entry,
        wrapped(
          phrase ?? 'AWS',
          awsOperation ?? operation,
          exception,
          simulation.settings.errorStyle,
          simulation.random.uuid(),
        ),
      );
    }
    if (effect.html && !effect.afterWork)
      return void response
        .status(effect.status ?? 502)
        .type('html')
        .send(html(effect.status ?? 502));
    if (effect.status && !effect.afterWork && !effect.html) return fail(response, entry, byStatus(effect.status));
  }
  let answer: Answer;
  try {
    if (!open) simulation.tokens.check(request.get('authorization'));
    answer = work(request, entry);
  } catch (error) {
    if (error instanceof AwsException) {
      entry.awsError = error.name;
      return fail(
        response,
        entry,
        wrapped(
          phrase ?? 'AWS',
          awsOperation ?? operation,
          error,
          simulation.settings.errorStyle,
          simulation.random.uuid(),
        ),
      );
    }
    return fail(response, entry, asFailure(error));
  }
  spoiled(request, response, entry, effect, answer);
}

/** Answers, or does to the answer what a fault asks for after the work is done. */
function spoiled(
  request: Request,
  response: Response,
  entry: LedgerEntry,
  effect: Effect | null,
  answer: Answer,
): void {
  if (effect?.dropAfter) return void request.socket.destroy();
  if (effect?.hang) return;
  if (effect?.html)
    return void response
      .status(effect.status ?? 502)
      .type('html')
      .send(html(effect.status ?? 502));
  if (effect?.status) {
    fail(response, entry, byStatus(effect.status));
    return;
  }
  const text = JSON.stringify(answer.body);
  response.status(answer.status ?? 200).type('application/json');
  response.send(effect?.truncate ? text.slice(0, text.length / 2) : text);
}

async function outage(
  simulation: Simulation,
  operation: string,
  request: Request,
  response: Response,
  entry: LedgerEntry,
): Promise<boolean> {
  const { outage: kind } = simulation;
  if (kind === 'off' || (kind === 'login' && operation !== 'login')) return false;
  entry.fault = `outage ${kind}`;
  if (kind === 'drop') request.socket.destroy();
  else if (kind !== 'hang') fail(response, entry, byStatus(503));
  return true;
}

function byStatus(status: number): CckmFailure {
  if (status === 401) return new CckmFailure(401, 1, 'NCERRUnauthorized: Unauthorized', 'The token is not valid.');
  if (status === 403) return new CckmFailure(403, 3, 'NCERRForbidden: Forbidden', 'Not permitted.');
  if (status === 404) return new CckmFailure(404, 16, 'NCERRResourceNotFound: Resource not found', 'Not found.');
  if (status === 429) return new CckmFailure(429, 29, 'NCERRTooManyRequests: Too many requests', 'Slow down.');
  if (status === 500) return new CckmFailure(500, 14, 'NCERRInternalServerError: unexpected error', 'unexpected error');
  return new CckmFailure(status, 14, 'NCERRServiceUnavailable: Service unavailable', `HTTP ${status}`);
}

function fail(response: Response, entry: LedgerEntry, failure: CckmFailure): void {
  response.status(failure.status).json({
    code: failure.code,
    codeDesc: failure.codeDesc,
    message: failure.message,
    requestID: `sim-${entry.seq}`,
  });
}
