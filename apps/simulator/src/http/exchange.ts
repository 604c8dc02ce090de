import { setTimeout as wait } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { unreached } from '../cckm/aws-unreached.ts';
import { asFailure, wrapped } from '../cckm/failure.ts';
import type { Effect } from '../control/faults.ts';
import type { LedgerEntry } from '../control/ledger.ts';
import { AwsException } from '../kms/aws-exception.ts';
import type { Simulation } from '../simulation.ts';
import { fail, failureOfStatus, htmlPage } from './answers.ts';
import { compressAnswer } from './compress-answer.ts';
import type { Answer, Route } from './route.ts';
import { unreachedEffect, unreachedRegion } from './unreached-region.ts';

/** One call on its way through. */
interface Call {
  readonly simulation: Simulation;
  readonly route: Route;
  readonly request: Request;
  readonly response: Response;
  readonly entry: LedgerEntry;
}

/** Runs one call: the ledger, an outage, a fault, the token, the work, the answer. */
export function exchange(simulation: Simulation, route: Route): RequestHandler {
  return async (request, response) => {
    const started = simulation.now();
    const { clockSkewMs } = simulation.settings;
    if (clockSkewMs !== 0) response.set('Date', new Date(started + clockSkewMs).toUTCString());
    const entry = simulation.ledger.open({
      at: started,
      method: request.method,
      path: request.originalUrl,
      operation: route.operation,
    });
    describe(simulation, request, entry);
    try {
      await run({ simulation, route, request, response, entry });
    } finally {
      // A caller that has gone, or was cut off, got no answer.
      entry.httpStatus = response.headersSent && !request.socket.destroyed ? response.statusCode : null;
      entry.durationMs = simulation.now() - started;
    }
  };
}

function describe(simulation: Simulation, request: Request, entry: LedgerEntry): void {
  const id = typeof request.params.id === 'string' ? request.params.id : null;
  const key = id === null ? undefined : simulation.kms.get(id);
  const body = (request.body ?? {}) as { replica_region?: unknown; PrimaryRegion?: unknown; region?: unknown };
  entry.keyId = id;
  entry.mrk = key?.keyId ?? (typeof request.query.keyid === 'string' ? request.query.keyid : null);
  entry.account = key?.account ?? null;
  entry.primaryRegion = key?.region ?? null;
  if (typeof body.replica_region === 'string') entry.region = body.replica_region;
  else if (typeof body.PrimaryRegion === 'string') entry.region = body.PrimaryRegion;
  else if (typeof request.query.region === 'string') entry.region = request.query.region;
  else if (['import-material', 'add-alias'].includes(lastPart(request))) entry.region = key?.region ?? null;
  else if (typeof body.region === 'string') entry.region = body.region;
}

const lastPart = (request: Request): string => request.path.split('/').at(-1) ?? '';

async function run(call: Call): Promise<void> {
  const { simulation, route, request, entry } = call;
  if (outage(call)) return;
  const effect =
    simulation.faults.hit({ operation: route.operation, region: entry.region, keys: [entry.keyId, entry.mrk] }) ??
    unreachedEffect(simulation, route, entry);
  if (effect) {
    entry.fault = Object.keys(effect).join('+');
    await wait(simulation.faults.wait(effect.latencyMs));
    if (effect.retryAfter) call.response.set('Retry-After', effect.retryAfter);
    if (effect.compress) compressAnswer(call.response, effect.compress);
    if (insteadOfWork(call, effect)) return;
    if (effect.lateMs !== undefined) {
      request.socket.destroy();
      await wait(effect.lateMs);
    }
  }
  let answer: Answer;
  try {
    if (!route.open) simulation.tokens.check(request.get('authorization'));
    answer = route.work(request, entry, effect);
  } catch (error) {
    if (error instanceof AwsException) failAsAws(call, error);
    else fail(call.response, entry, asFailure(error));
    return;
  }
  if (effect?.slowAnswerMs) await wait(simulation.faults.wait(effect.slowAnswerMs));
  if (!effect || !insteadOfAnswer(call, effect, answer)) send(call.response, answer);
}

function send(response: Response, { status = 200, body }: Answer): void {
  response.status(status).type('application/json').send(JSON.stringify(body));
}

/** Does what a fault asks for with nothing done; false: the work is to be done. */
function insteadOfWork(call: Call, effect: Effect): boolean {
  if (effect.dropBefore) call.request.socket.destroy();
  else if (effect.unauthorized) fail(call.response, call.entry, failureOfStatus(401));
  else if (effect.afterWork) return false;
  else return failed(call, effect);
  return true;
}

/** Does what a fault asks for when the work is done; false: the answer is to be sent. */
function insteadOfAnswer(call: Call, effect: Effect, answer: Answer): boolean {
  if (effect.dropAfter || effect.lateMs !== undefined) call.request.socket.destroy();
  else if (effect.truncate) {
    const text = JSON.stringify(answer.body);
    call.response
      .status(answer.status ?? 200)
      .type('application/json')
      .send(text.slice(0, text.length / 2));
  } else return effect.hang === true || failed(call, effect);
  return true;
}

/** Answers with the failure that a fault names; false: it names none. */
function failed(call: Call, { awsError, awsTransport, envelope, html, garbageBytes, status }: Effect): boolean {
  const { response, entry } = call;
  if (awsTransport) failUnreached(call, { ...awsTransport, status });
  else if (awsError) failAsAws(call, new AwsException(awsError.name, awsError.message));
  else if (envelope) fail(response, entry, failureOfStatus(status ?? 500), 200);
  else if (html) htmlPage(response, status);
  else if (garbageBytes) garbage(call, garbageBytes, status);
  else if (status) fail(response, entry, failureOfStatus(status));
  else return false;
  return true;
}

/** What a broken proxy or a wrong port answers: bytes that are no text. */
function garbage({ simulation, response }: Call, length: number, status = 502): void {
  const bytes = Buffer.from(Array.from({ length }, () => Math.floor(simulation.random.between(128, 256))));
  response.status(status).type('application/octet-stream').send(bytes);
}

function failAsAws({ simulation, route, response, entry }: Call, exception: AwsException): void {
  entry.awsError = exception.name;
  const { phrase = 'AWS', awsOperation = route.operation } = route;
  const requestId = simulation.random.uuid();
  fail(response, entry, wrapped(phrase, awsOperation, exception, simulation.settings.errorStyle, requestId));
}

function failUnreached(
  call: Call,
  { region, ...how }: NonNullable<Effect['awsTransport']> & { status?: number | undefined },
): void {
  const { simulation, route, response, entry } = call;
  const { phrase = 'AWS', awsOperation: operation = route.operation } = route;
  const named =
    region ?? unreachedRegion(simulation, route, entry) ?? entry.primaryRegion ?? entry.region ?? 'us-east-1';
  fail(response, entry, unreached(how, { phrase, operation, region: named }, simulation));
}

function outage({ simulation, route, request, response, entry }: Call): boolean {
  const { outage: kind } = simulation;
  if (kind === 'off' || (kind === 'login' && route.operation !== 'login')) return false;
  entry.fault = `outage ${kind}`;
  if (kind === 'drop') request.socket.destroy();
  else if (kind !== 'hang') fail(response, entry, failureOfStatus(503));
  return true;
}
