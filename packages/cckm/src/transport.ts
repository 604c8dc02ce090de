import { getCACertificates } from 'node:tls';
import { classifyFailure, errorRule, parseRetryAfter } from '@keyferry/core';
import { Agent, type Dispatcher, request } from 'undici';
import { CckmError } from './cckm-error.ts';
import { baseUrl, type CallReport, type CckmClientOptions } from './options.ts';
import { traceCall } from './trace-call.ts';

export interface HttpCall {
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  /** Behind `/api`, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  /** How often it has been sent before. */
  readonly resends?: number;
  /** Not sent after this time, by Date.now(). */
  readonly sendBefore?: number | undefined;
}

export interface HttpAnswer {
  readonly httpStatus: number;
  readonly json: unknown;
  readonly requestId: string | null;
  readonly serverTime: Date | null;
}

/** Connections for reads at most. */
const connectionsToRead = 64;

/** Answers longer than this are not read: no page of keys comes near. */
const longestAnswer = 64 * 1024 * 1024;

/** What undici and Node say when a connection never came about, so that the request certainly never left. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_NOT_YET_VALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'EPROTO',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

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

  /** The exchange, told to `onCall` when it has ended. */
  async #report(call: HttpCall): Promise<HttpAnswer> {
    const started = performance.now();
    const report = (ended: Pick<CallReport, 'httpStatus' | 'error' | 'requestId' | 'serverTime'>) =>
      this.#onCall({ operation: call.operation, durationMs: performance.now() - started, ...ended });
    try {
      const answer = await this.#exchange(call);
      const { httpStatus, requestId, serverTime } = answer;
      report({ httpStatus, requestId, serverTime, error: null });
      return answer;
    } catch (error) {
      const { httpStatus = null, code = 'unknown', requestId = null } = error instanceof CckmError ? error : {};
      report({ httpStatus, requestId, serverTime: null, error: code });
      throw error;
    }
  }

  async #exchange(call: HttpCall): Promise<HttpAnswer> {
    if (call.sendBefore !== undefined && Date.now() > call.sendBefore) {
      throw new CckmError({ code: 'not_sent', message: 'The time at which the call was to be sent has passed.' });
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
      throw transportFailure(error, limit.aborted, response.statusCode);
    }
    return readAnswer(response, body);
  }
}

function openAgent(options: CckmClientOptions, connections: number): Agent {
  const { connectTimeoutMs = 10_000, insecureTls, ca, clientKeyPair } = options;
  return new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    connect: {
      timeout: connectTimeoutMs,
      rejectUnauthorized: !insecureTls,
      ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
      ...(clientKeyPair === undefined ? {} : { cert: clientKeyPair.cert, key: clientKeyPair.key }),
    },
  });
}

async function readBody(response: Dispatcher.ResponseData): Promise<string> {
  const declared = Number(header(response, 'content-length') ?? 0);
  if (declared > longestAnswer) {
    response.body.destroy();
    throw new Error('the answer is longer than any that CCKM gives');
  }
  return response.body.text();
}

function readAnswer(response: Dispatcher.ResponseData, body: string): HttpAnswer {
  const httpStatus = response.statusCode;
  const requestId = header(response, 'x-request-id') ?? null;
  const json = parseJson(body);
  const success = httpStatus >= 200 && httpStatus < 300;
  const refusedWithin = success && typeof json === 'object' && json !== null && 'codeDesc' in json;
  if (success && !refusedWithin) {
    if (json === undefined && body.trim() !== '') {
      throw new CckmError({
        code: 'unreadable_answer',
        message: 'CCKM answered with something that is not JSON.',
        mayHaveLanded: true,
        httpStatus,
        requestId,
      });
    }
    const date = Date.parse(header(response, 'date') ?? '');
    return { httpStatus, json, requestId, serverTime: Number.isNaN(date) ? null : new Date(date) };
  }
  const failure = classifyFailure({ httpStatus, body });
  const rule = errorRule(failure.code);
  throw new CckmError({
    ...failure,
    httpStatus,
    requestId: failure.requestId ?? requestId,
    // A refusal by name or by a 4xx is definite; a 5xx without one is not.
    mayHaveLanded:
      rule.mayHaveLanded && !(httpStatus >= 400 && httpStatus < 500 && failure.code === 'unreadable_answer'),
    retryAfterMs: parseRetryAfter(header(response, 'retry-after'), new Date()),
  });
}

/** `undefined` when the text is no JSON (an empty one included). */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function transportFailure(error: unknown, timedOut: boolean, httpStatus: number | null): CckmError {
  const code = errorCodes(error).find((candidate) => neverConnected.has(candidate));
  if (code !== undefined && httpStatus === null) {
    return new CckmError({
      code: 'connection_refused',
      message: `CCKM cannot be reached (${code}).`,
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
    message: `The connection to CCKM was lost before the answer was complete (${why}).`,
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
