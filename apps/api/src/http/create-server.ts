import { createServer as createHttpServer, type Server } from 'node:http';
import type { Express } from 'express';

/** The HTTP server of an app, with limits on how slow a client may be. */
export function createServer(app: Express): Server {
  const server = createHttpServer(app);
  server.headersTimeout = 20_000;
  server.requestTimeout = 300_000;
  // Longer than the load balancers in front of it keep a connection idle, so that none sends into one that is closing.
  server.keepAliveTimeout = 75_000;
  return server;
}
