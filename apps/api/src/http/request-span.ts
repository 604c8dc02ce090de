import { openSpan, type TracedSpan } from '@keyferry/tracing';
import type { Request, Response } from 'express';

/** Other methods are whatever somebody has sent. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * The span of a request, within that of a caller who sent a `traceparent`. It tells the route as the API describes it: the
 * address itself, the query, headers and who asked from where are left out, though the conventions know them.
 */
export function openRequestSpan(request: Request, route: string | null): TracedSpan {
  const method = methods.includes(request.method) ? request.method : '_OTHER';
  return openSpan(`${method === '_OTHER' ? 'HTTP' : method}${route === null ? '' : ` ${route}`}`, {
    kind: 'server',
    headers: request.headers,
    attributes: {
      'http.request.method': method,
      'url.scheme': request.protocol,
      ...(route === null ? {} : { 'http.route': route }),
    },
  });
}

/** Ends it with what was answered. */
export function endRequestSpan(span: TracedSpan, { statusCode, writableFinished, locals }: Response): void {
  span.note({ 'http.response.status_code': statusCode, 'keyferry.request.id': locals.requestId });
  if (statusCode >= 500) span.fail(String(statusCode));
  else if (!writableFinished) span.note({ 'keyferry.request.aborted': true });
  span.end();
}
