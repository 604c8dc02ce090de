import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { asFailure } from './cckm/failure.ts';
import { accountRoutes } from './http/account-routes.ts';
import { authRoutes } from './http/auth-routes.ts';
import { changeRoutes } from './http/change-routes.ts';
import { controlRoutes } from './http/control-routes.ts';
import { createRoutes } from './http/create-routes.ts';
import { keyRoutes } from './http/key-routes.ts';
import { systemRoutes } from './http/system-routes.ts';
import { templateRoutes } from './http/template-routes.ts';
import { Simulation } from './simulation.ts';

export interface RunningSimulator {
  readonly url: string;
  readonly simulation: Simulation;
  stop(): Promise<void>;
}

/**
 * Starts a simulated CipherTrust Manager, on loopback unless `host` says otherwise; port 0 takes a free one. With `tls` (PEM)
 * it speaks https alone. `now`: its clock, milliseconds.
 */
export async function startSimulator(
  options: {
    host?: string;
    port?: number;
    tls?: { cert: string; key: string } | undefined;
    seed?: string;
    inventory?: unknown;
    now?: () => number;
  } = {},
): Promise<RunningSimulator> {
  const simulation = new Simulation(options);
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '64mb' }));
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.use('/control', controlRoutes(simulation));
  app.use('/api/v1/auth', authRoutes(simulation));
  app.use('/api/v1/system', systemRoutes(simulation));
  app.use('/api/v1/cckm/aws', createRoutes(simulation));
  app.use('/api/v1/cckm/aws/keys', keyRoutes(simulation), changeRoutes(simulation));
  app.use('/api/v1/cckm/aws/templates', templateRoutes(simulation));
  app.use('/api/v1/cckm/aws', accountRoutes(simulation));
  app.use((_request, response) => {
    response.status(404).json({ code: 16, codeDesc: 'NCERRResourceNotFound: Resource not found' });
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) return;
    const { status, code, codeDesc, message } = asFailure(error);
    response.status(status).json({ code, codeDesc, message });
  });

  const { host = '127.0.0.1', port = 0, tls } = options;
  const server = tls ? createSecureServer(tls, app) : createServer(app);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`,
    simulation,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
