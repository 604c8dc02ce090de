import type { Log } from '@keyferry/log';
import { noSpan } from '@keyferry/tracing';
import type { RequestHandler } from 'express';
import { endRequestSpan, openRequestSpan } from './request-span.ts';

/** What something asks again and again by itself: no span of it is made, and its line is for debugging. */
const polled = ['/healthz', '/readyz', '/metrics'];

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A request that has ended, without what only its log line may hold. */
export interface EndedRequest {
  readonly method: string;
  /** As the API describes it; null: it does not. */
  readonly route: string | null;
  /** 499 where the caller left before there was an answer, as nginx has it. */
  readonly status: number;
  /** It was a stream of events. */
  readonly streamed: boolean;
  readonly durationMs: number;
}

/**
 * One line and one span a request, told when it has ended: method, status, time, request id, caller (in the line alone),
 * and the route as the API describes it rather than the address, in which anything may stand. `routes` are paths with
 * `{name}` where a value stands. `counted` hears of every request when it begins and ends.
 */
export function requestLog(
  log: Log,
  routes: readonly string[],
  counted?: { begin(): void; end(request: EndedRequest): void },
): RequestHandler {
  const known = routes.map((route) => route.split('/'));
  return (request, response, next) => {
    const started = performance.now();
    const segments = request.path.replace(/(?<=.)\/$/, '').split('/');
    const route = known.find((parts) => matches(parts, segments));
    const plan = route?.[2] === 'plans' && uuid.test(segments[3] ?? '') ? segments[3] : undefined;
    const isPolled = polled.includes(request.path);
    const path = route?.join('/') ?? null;
    const span = isPolled ? noSpan : openRequestSpan(request, path);
    if (plan !== undefined) span.note({ 'keyferry.plan.id': plan });
    counted?.begin();
    response.once('close', () => {
      const durationMs = performance.now() - started;
      const line = {
        requestId: response.locals.requestId,
        callerRequestId: response.locals.callerRequestId,
        caller: response.locals.caller ?? null,
        method: request.method,
        route: path,
        plan,
        status: response.statusCode,
        aborted: response.writableFinished ? undefined : true,
        durationMs: Math.round(durationMs),
      };
      counted?.end({
        ...{ method: request.method, route: path, durationMs },
        status: response.headersSent ? response.statusCode : 499,
        streamed: String(response.getHeader('content-type') ?? '').startsWith('text/event-stream'),
      });
      span.inside(() => log[isPolled ? 'debug' : 'info'](line, 'request'));
      endRequestSpan(span, response);
    });
    span.inside(next);
  };
}

function matches(route: readonly string[], segments: readonly string[]): boolean {
  return (
    route.length === segments.length &&
    route.every((part, i) => part === segments[i] || (part.startsWith('{') && segments[i] !== ''))
  );
}
