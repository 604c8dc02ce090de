import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallReport, ReadLimitNow } from '@keyferry/cckm';
import { listenProblem } from '@keyferry/config';
import { type ErrorCode, errorRule } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { Gauge, Histogram, openRegistry, type PoolUse, watchDatabasePool } from '@keyferry/metrics';
import type { SentAttempt } from '@keyferry/webhook';

/** What only this worker sees, where Prometheus asks for it, and its health for the container runtime. */
export interface ServedMetrics {
  readonly url: string;
  /** Told of every call to CCKM when it has ended. */
  noteCall(call: CallReport): void;
  /** Told of every attempt to deliver an event. */
  noteDelivery(attempt: SentAttempt): void;
  stop(): void;
}

/**
 * Serves the metrics of this worker: how its calls to CCKM and its deliveries to webhooks go, and how its own process does;
 * `/healthz` (the process answers) and `/readyz` (it holds its lease, else 503). Throws a ConfigError when the port is taken.
 * The API has the metrics of all workers together.
 */
export async function serveMetrics(
  {
    host,
    port,
    ...now
  }: { host: string; port: number; readLimit: () => ReadLimitNow; pool: () => PoolUse; holdsLease: () => boolean },
  log: Log,
): Promise<ServedMetrics> {
  const registry = openRegistry('worker');
  watchDatabasePool(registry, now.pool);
  const reads: readonly (readonly [name: string, help: string, of: keyof ReadLimitNow])[] = [
    ['keyferry_cckm_reads_per_second_limit', 'Current limit of CCKM reads per second of this worker.', 'perSecond'],
    ['keyferry_cckm_reads_at_once_limit', 'Current limit of concurrent CCKM reads of this worker.', 'atOnce'],
    ['keyferry_cckm_reads_under_way', 'CCKM reads in flight.', 'underWay'],
    ['keyferry_cckm_reads_waiting', 'CCKM reads waiting.', 'waiting'],
  ];
  for (const [name, help, of] of reads) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(now.readLimit()[of]);
      },
    });
  }
  const calls = new Histogram({
    name: 'keyferry_cckm_call_duration_seconds',
    help: 'Duration of calls to CCKM, from sending to the last byte of the response.',
    labelNames: ['operation', 'outcome'],
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const deliveries = new Histogram({
    name: 'keyferry_webhook_attempt_duration_seconds',
    help: 'Duration of webhook delivery attempts, from DNS lookup to the response.',
    labelNames: ['outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    registers: [registry],
  });
  const server = createServer(async (request, response) => {
    const path = request.method === 'GET' ? request.url?.split('?')[0] : undefined;
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
    } else if (path === '/healthz') response.end('ok\n');
    else if (path === '/readyz') {
      const ready = now.holdsLease();
      response.writeHead(ready ? 200 : 503).end(ready ? 'ready\n' : 'not ready: this worker holds no lease\n');
    } else response.writeHead(404).end('Not found. Available: GET /metrics, /healthz, /readyz.\n');
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw listenProblem(error, {
      host,
      port,
      hostVariable: 'KEYFERRY_WORKER_METRICS_HOST',
      portVariable: 'KEYFERRY_WORKER_METRICS_PORT',
    });
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}/metrics`;
  log.info({ address: url }, 'serving metrics of this worker');
  return {
    url,
    noteCall: ({ operation, durationMs, error }) =>
      calls.observe({ operation, outcome: outcomeOf(error) }, durationMs / 1000),
    noteDelivery: ({ outcome, durationMs }) => deliveries.observe({ outcome }, durationMs / 1000),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The few ways in which a call can end, for a label. */
function outcomeOf(error: string | null): string {
  if (error === null) return 'success';
  if (error === 'throttled' || error === 'rate_limited') return 'throttled';
  const { outage, sent } = errorRule(error as ErrorCode);
  if (outage !== 'none') return 'unavailable';
  return sent ? 'refused' : 'not_sent';
}
