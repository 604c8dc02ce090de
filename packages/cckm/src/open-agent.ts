import { getCACertificates } from 'node:tls';
import { Agent, buildConnector, errors } from 'undici';
import type { CckmClientOptions } from './options.ts';

/** The errors of connections that never came about: their requests certainly never left. */
const ofConnecting = new WeakSet<object>();

/**
 * Whether a failed request certainly never left. The same code may come from an open connection (`EPROTO`, `EHOSTUNREACH`,
 * a TLS alert): only an error of connecting itself, or a client that took the request no more, says so.
 */
export function neverConnected(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    (ofConnecting.has(error) || error instanceof errors.ClientClosedError)
  );
}

/** The connections to one CipherTrust Manager; what fails while they are made is known by `neverConnected`. */
export function openAgent(options: CckmClientOptions, connections: number): Agent {
  const { connectTimeoutMs = 10_000, insecureTls, ca, clientKeyPair } = options;
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    rejectUnauthorized: !insecureTls,
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...(clientKeyPair === undefined ? {} : { cert: clientKeyPair.cert, key: clientKeyPair.key }),
  });
  return new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    connect: (to, done) =>
      connect(to, (...[error, socket]) => {
        if (error === null) return done(null, socket);
        ofConnecting.add(error);
        done(error, null);
      }),
  });
}
