import { Counter, Gauge, Histogram, type Registry } from '@keyferry/metrics';
import type { EndedRequest } from '../http/request-log.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Called when a request begins and when it has ended. */
export interface HttpMetrics {
  begin(): void;
  end(request: EndedRequest): void;
}

/**
 * Counts requests by the route that the API describes (`/v1/plans/{id}`), never by the address: `other` where there is none
 * (the dashboard's files, what does not exist). Event streams are counted when they end, and have no duration.
 */
export function httpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'keyferry_http_requests_total',
    help: 'Requests by status code.',
    labelNames: ['method', 'route', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'keyferry_http_request_duration_seconds',
    help: 'Duration of requests, from the first byte of the request to the last byte of the response.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const inFlight = new Gauge({
    name: 'keyferry_http_requests_in_flight',
    help: 'Requests in flight, including open event streams.',
    registers,
  });
  return {
    begin: () => inFlight.inc(),
    end: ({ method, route, status, streamed, durationMs }) => {
      inFlight.dec();
      const labels = { method: methods.includes(method) ? method : 'other', route: route ?? 'other' };
      requests.inc({ ...labels, code: String(status) });
      if (!streamed) durations.observe(labels, durationMs / 1_000);
    },
  };
}
