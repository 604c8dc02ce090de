import { createHash } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { textOfBytes } from '@keyferry/core';
import { Agent, type Dispatcher, request } from 'undici';
import { checkedLookup, ForbiddenAddress, type Resolve } from './checked-lookup.ts';
import { type DestinationRules, faultOfUrl } from './destination.ts';
import { signedHeaders } from './sign.ts';

/** The few ways in which an attempt can end. */
export const attemptOutcomes = ['delivered', 'gone', 'refused', 'timeout', 'unreachable', 'forbidden'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

export interface SentAttempt {
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  readonly httpStatus: number | null;
  /** For a person; null where it was delivered. */
  readonly error: string | null;
  /** The first KiB of what was answered. */
  readonly answer: string | null;
}

/** A call of a team's own check, as a step of a drill makes it. */
export interface CheckToCall {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface CalledCheck {
  readonly durationMs: number;
  /** Null: there was no answer, and `error` says why. */
  readonly httpStatus: number | null;
  readonly error: string | null;
  /** The first KiB of what was answered. */
  readonly answer: string | null;
  /** SHA-256 of that. */
  readonly answerSha256: string | null;
}

export interface Sender {
  /** Calls a check once, with any result; never rejects. */
  call(check: CheckToCall, signal?: AbortSignal): Promise<CalledCheck>;
  /** Makes one attempt, and says what came of it; never rejects. */
  send(
    message: { url: string; id: string; body: string; secrets: readonly string[] },
    signal?: AbortSignal,
  ): Promise<SentAttempt>;
  close(): Promise<void>;
}

/** From looking the name up to the last byte of the answer that is read. */
const attemptMs = 15_000;
const bytesRead = 1_024;

/**
 * Sends signed events to webhooks. Each attempt makes a connection of its own, to addresses that are checked for it; no
 * redirect is followed, and no proxy of the environment is used: it would resolve names without our checks.
 */
export function openSender(options: {
  rules: DestinationRules;
  /** PEM of an additional CA. */
  ca: string | null;
  resolve?: Resolve;
  timeoutMs?: number;
}): Sender {
  const { rules, ca, timeoutMs = attemptMs } = options;
  const agent = new Agent({
    allowH2: false,
    connect: {
      timeout: timeoutMs,
      lookup: checkedLookup(rules.networks, options.resolve),
      ...(ca === null ? {} : { ca: [...getCACertificates('default'), ca] }),
    },
  });

  return {
    async call({ url, method, headers, body }, signal) {
      const started = performance.now();
      const ended = (call: Omit<CalledCheck, 'durationMs' | 'answerSha256'>): CalledCheck => ({
        ...call,
        durationMs: performance.now() - started,
        answerSha256: call.answer === null ? null : createHash('sha256').update(call.answer).digest('hex'),
      });
      const fault = faultOfUrl(url, rules);
      if (fault !== null) return ended({ httpStatus: null, error: fault, answer: null });
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const response = await request(url, {
          method,
          dispatcher: agent,
          reset: true,
          signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
          headers: { 'user-agent': 'Keyferry', ...headers },
          body,
        });
        return ended({ httpStatus: response.statusCode, error: null, answer: await readStart(response.body) });
      } catch (error) {
        return ended({ httpStatus: null, error: failure(error, limit.aborted, timeoutMs).error, answer: null });
      }
    },

    async send({ url, ...message }, signal) {
      const started = performance.now();
      const ended = (attempt: Omit<SentAttempt, 'durationMs'>): SentAttempt => ({
        ...attempt,
        durationMs: performance.now() - started,
      });
      const fault = faultOfUrl(url, rules);
      if (fault !== null) return ended({ outcome: 'forbidden', httpStatus: null, error: fault, answer: null });
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const response = await request(url, {
          method: 'POST',
          dispatcher: agent,
          reset: true,
          signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
          headers: {
            'content-type': 'application/cloudevents+json; charset=utf-8',
            'user-agent': 'Keyferry',
            ...signedHeaders(message, new Date()),
          },
          body: message.body,
        });
        return ended({ ...judge(response.statusCode), answer: await readStart(response.body) });
      } catch (error) {
        return ended({ httpStatus: null, answer: null, ...failure(error, limit.aborted, timeoutMs) });
      }
    },
    close: () => agent.destroy(),
  };
}

function judge(httpStatus: number): Pick<SentAttempt, 'outcome' | 'httpStatus' | 'error'> {
  if (httpStatus >= 200 && httpStatus < 300) return { outcome: 'delivered', httpStatus, error: null };
  if (httpStatus === 410)
    return { outcome: 'gone', httpStatus, error: 'Answered 410 Gone: the receiver wants no more events.' };
  const redirect = httpStatus >= 300 && httpStatus < 400 ? ' Redirects are not followed.' : '';
  return { outcome: 'refused', httpStatus, error: `Answered ${httpStatus}.${redirect}` };
}

/** As much of an answer as is kept, fit to be stored. The status counts, even if the rest of it never comes. */
async function readStart(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= bytesRead) break;
    }
  } catch {
    // The part received so far is reported.
  }
  return textOfBytes(Buffer.concat(chunks).subarray(0, bytesRead));
}

function failure(error: unknown, timedOut: boolean, timeoutMs: number): Pick<SentAttempt, 'outcome' | 'error'> {
  const causes = [...causesOf(error)];
  const forbidden = causes.find((cause) => cause instanceof ForbiddenAddress);
  if (forbidden !== undefined) return { outcome: 'forbidden', error: forbidden.message };
  const codes = causes.flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
  if (timedOut || codes.some((code) => code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT')) {
    return { outcome: 'timeout', error: `No response within ${timeoutMs / 1000} s.` };
  }
  return { outcome: 'unreachable', error: `Unreachable (${codes[0] ?? 'the connection was closed'}).` };
}

function* causesOf(error: unknown): Generator<Error & { code?: unknown }> {
  if (!(error instanceof Error)) return;
  yield error;
  yield* causesOf(error.cause);
  for (const one of (error as { errors?: unknown[] }).errors ?? []) yield* causesOf(one);
}
