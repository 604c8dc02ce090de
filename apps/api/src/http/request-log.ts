import type { Log } from '@keyferry/log';
import type { RequestHandler } from 'express';

/** What something asks again and again by itself. */
const polled = ['/healthz', '/readyz', '/metrics'];

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * One line a request, when it has ended: method, status, time, request id, caller, and the route as the API describes it
 * rather than the address, in which anything may stand. `routes` are paths with `{name}` where a value stands.
 */
export function requestLog(log: Log, routes: readonly string[]): RequestHandler {
  const known = routes.map((route) => route.split('/'));
  return (request, response, next) => {
    const started = performance.now();
    const segments = request.path.replace(/(?<=.)\/$/, '').split('/');
    const route = known.find((parts) => matches(parts, segments));
    const plan = route?.[2] === 'plans' && uuid.test(segments[3] ?? '') ? segments[3] : undefined;
    const severity = polled.includes(request.path) ? 'debug' : 'info';
    response.once('close', () => {
      log[severity](
        {
          requestId: response.locals.requestId,
          caller: response.locals.caller ?? null,
          method: request.method,
          route: route?.join('/') ?? null,
          plan,
          status: response.statusCode,
          aborted: response.writableFinished ? undefined : true,
          durationMs: Math.round(performance.now() - started),
        },
        'request',
      );
    });
    next();
  };
}

function matches(route: readonly string[], segments: readonly string[]): boolean {
  return (
    route.length === segments.length &&
    route.every((part, i) => part === segments[i] || (part.startsWith('{') && segments[i] !== ''))
  );
}
