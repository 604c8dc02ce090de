import { classifyFailure, parseRetryAfter, storableText, storableValue, truncateText } from '@keyferry/core';
import { type Agent, type Dispatcher, request } from 'undici';
import { CckmError } from './cckm-error.ts';
import type { HttpAnswer, HttpCall } from './http-exchange.ts';
import { neverConnected, openAgent } from './open-agent.ts';
import { baseUrl, type CallReport, type CckmClientOptions } from './options.ts';
import { AnswerTooLong, readBody } from './read-body.ts';
import { traceCall } from './trace-call.ts';

/** Connections for reads at most. */
const connectionsToRead = 64;

/** Of a request id and an error code of CCKM's own, in UTF-16 units: they are stored with each attempt. */
const longestId = 200;

/** One HTTP exchange with the CipherTrust Manager, without any repeating: answers a 2xx or throws a CckmError. */
export class Transport {
  readonly #base: string;
  /** Reads have connections of their own: a call whose time has come never waits behind them. */
  readonly #agents: Readonly<Record<HttpCall['method'], Agent>>;
  readonly #timeoutMs: number;
  readonly #onCall: NonNullable<CckmClientOptions['onCall']>;

  constructor(options: CckmClientOptions) {
    this.#base = baseUrl(options.url);
    this.#timeoutMs = options.callTimeoutMs ?? 60_000;
    this.#onCall = options.onCall ?? (() => undefined);
    this.#agents = { GET: openAgent(options, connectionsToRead), POST: openAgent(options, options.connections ?? 64) };
  }

  exchange(call: HttpCall): Promise<HttpAnswer> {
    return traceCall(this.#base, call, () => this.#report(call));
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#agents).map((agent) => agent.destroy()));
  }

  /** The exchange, reported to `onCall` when it has ended. */
  async #report(call: HttpCall): Promise<HttpAnswer> {
    const started = performance.now();
    const report = (ended: Pick<CallReport, 'httpStatus' | 'error' | 'requestId' | 'serverTime'>) =>
      this.#onCall({ operation: call.operation, durationMs: performance.now() - started, ...ended });
    try {
      const answer = await this.#exchange(call);
      const { httpStatus, requestId, serverTime } = answer;
      report({ httpStatus, requestId, serverTime, error: null });
      return answer;
    } catch (thrown) {
      const error = call.asFailure?.(thrown) ?? thrown;
      const { httpStatus = null, code = 'unknown', requestId = null } = error instanceof CckmError ? error : {};
      report({ httpStatus, requestId, serverTime: null, error: code });
      throw error;
    }
  }

  async #exchange(call: HttpCall): Promise<HttpAnswer> {
    if (call.sendBefore !== undefined && Date.now() > call.sendBefore) {
      throw new CckmError({ code: 'not_sent', message: 'The call missed its slot.' });
    }
    let response: Dispatcher.ResponseData;
    let body: string;
    const limit = AbortSignal.timeout(this.#timeoutMs);
    try {
      response = await request(`${this.#base}${call.path}`, {
        method: call.method,
        dispatcher: this.#agents[call.method],
        signal: limit,
        headersTimeout: this.#timeoutMs,
        bodyTimeout: this.#timeoutMs,
        headers: {
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
      });
    } catch (error) {
      throw transportFailure(error, limit.aborted, null);
    }
    try {
      body = await readBody(response);
    } catch (error) {
      throw error instanceof AnswerTooLong
        ? tooLong(response, error)
        : transportFailure(error, limit.aborted, response.statusCode);
    }
    return readAnswer(response, body);
  }
}

function readAnswer(response: Dispatcher.ResponseData, body: string): HttpAnswer {
  const httpStatus = response.statusCode;
  const requestId = idOf(header(response, 'x-request-id'));
  const json = parseJson(body);
  const success = httpStatus >= 200 && httpStatus < 300;
  const refusedWithin = success && typeof json === 'object' && json !== null && 'codeDesc' in json;
  if (success && !refusedWithin) {
    if (json === undefined && body.trim() !== '') {
      throw new CckmError({
        code: 'unreadable_answer',
        message: 'CCKM returned something that is not JSON.',
        mayHaveLanded: true,
        httpStatus,
        requestId,
      });
    }
    const date = Date.parse(header(response, 'date') ?? '');
    return { httpStatus, json, requestId, serverTime: Number.isNaN(date) ? null : new Date(date) };
  }
  const failure = classifyFailure({ httpStatus, body: json === undefined ? body : JSON.stringify(json) });
  throw new CckmError({
    ...failure,
    httpStatus,
    requestId: idOf(failure.requestId) ?? requestId,
    providerCode: idOf(failure.providerCode),
    retryAfterMs: parseRetryAfter(header(response, 'retry-after'), new Date()),
  });
}

/** Escapes in JSON of what Postgres cannot store. */
const unstorable = /\\u(?:0000|d[89a-f])/i;

/**
 * `undefined` when the text is no JSON (an empty one included). This is where texts of CCKM enter Keyferry: from here on
 * each of them can be stored.
 */
function parseJson(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return unstorable.test(text) ? storableValue(json) : json;
  } catch {
    return undefined;
  }
}

function idOf(text: string | null | undefined): string | null {
  return text ? truncateText(storableText(text), longestId) : null;
}

function tooLong(response: Dispatcher.ResponseData, cause: Error): CckmError {
  return new CckmError({
    code: 'unreadable_answer',
    message: 'CCKM returned more than 64 MiB. The rest was not read.',
    httpStatus: response.statusCode,
    requestId: idOf(header(response, 'x-request-id')),
    mayHaveLanded: true,
    cause,
  });
}

function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function transportFailure(error: unknown, timedOut: boolean, httpStatus: number | null): CckmError {
  if (neverConnected(error)) {
    return new CckmError({
      code: 'connection_refused',
      message: `CCKM is unreachable (${errorCodes(error)[0] ?? 'no connection'}).`,
      mayHaveLanded: false,
      cause: error,
    });
  }
  if (timedOut || errorCodes(error).some((candidate) => candidate.endsWith('_TIMEOUT'))) {
    return new CckmError({
      code: 'call_timeout',
      message: 'CCKM did not answer in time.',
      httpStatus,
      mayHaveLanded: true,
      cause: error,
    });
  }
  const why = errorCodes(error)[0] ?? 'closed';
  return new CckmError({
    code: 'connection_lost',
    message: `The connection to CCKM was lost before the response was complete (${why}).`,
    httpStatus,
    mayHaveLanded: true,
    cause: error,
  });
}

function errorCodes(error: unknown): string[] {
  const { code, cause, errors } = (error ?? {}) as { code?: unknown; cause?: unknown; errors?: unknown[] };
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...(cause === undefined ? [] : errorCodes(cause)),
    ...(Array.isArray(errors) ? errors.flatMap(errorCodes) : []),
  ];
}
