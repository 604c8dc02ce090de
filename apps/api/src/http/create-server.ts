import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Express } from 'express';
import { answerUnreadable } from './answer-unreadable.ts';
import type { ServerTls } from './server-tls.ts';

/** How slow and how long-winded a client may be. */
const limits = {
  headersTimeout: 20_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
  // Longer than the load balancers in front of it keep a connection idle, so that none sends into one that is closing.
  keepAliveTimeout: 75_000,
};
const handshakeTimeout = 10_000;

/** The server of an app: over HTTPS where TLS is given, else over plain HTTP. */
export function createServer(app: Express, tls: ServerTls | null = null): HttpServer | HttpsServer {
  const server =
    tls === null
      ? createHttpServer(limits, app)
      : createHttpsServer({ ...limits, ...tls.options, handshakeTimeout }, app);
  answerUnreadable(server);
  if (tls !== null) tls.renew(server as HttpsServer);
  return server;
}
