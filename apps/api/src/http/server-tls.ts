import type { Server } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { ConfigError, type KeyPair, type KeyPairFiles, readKeyPair } from '@keyferry/config';
import type { Log } from '@keyferry/log';

/** TLS as a server speaks it. */
export interface ServerTls {
  readonly options: SecureContextOptions;
  /** Lets a server that was made with the options take up a renewed certificate, until it is closed. */
  renew(server: Server): void;
}

/**
 * TLS from a certificate and its key in files; a ConfigError when they are of no use. They are read again all the time,
 * and by what they hold rather than by their dates, however they are replaced. An unusable one is reported in the
 * log, once, and the certificate before it stays in use.
 */
export function openServerTls(files: KeyPairFiles, log: Log, lookEveryMs = 10_000): ServerTls {
  let served = readAtStart(files);
  const options = optionsOf(served);
  log.info({ expires: served.expires.toISOString() }, 'certificate read');

  let complaint: string | null = null;
  const look = (server: Server) => {
    try {
      const found = readKeyPair(files);
      complaint = null;
      if (found.cert === served.cert && found.key === served.key) return;
      server.setSecureContext(optionsOf(found));
      served = found;
      log.info({ expires: found.expires.toISOString() }, 'certificate renewed');
    } catch (error) {
      const { message } = error as Error;
      if (message === complaint) return;
      complaint = message;
      log.error({ reason: message }, 'the new certificate cannot be used; the previous one stays in use');
    }
  };
  return {
    options,
    renew(server) {
      const timer = setInterval(() => look(server), lookEveryMs).unref();
      server.once('close', () => clearInterval(timer));
    },
  };
}

function readAtStart(files: KeyPairFiles): KeyPair {
  try {
    return readKeyPair(files);
  } catch (error) {
    throw new ConfigError(`KEYFERRY_TLS_CERT_FILE, KEYFERRY_TLS_KEY_FILE: ${(error as Error).message}`);
  }
}

function optionsOf({ cert, key }: KeyPair): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2' };
}
