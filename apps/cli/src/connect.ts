import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createKeyferryClient, type KeyferryClient } from '@keyferry/client';
import { chosenContext } from './contexts/context-file.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { foundToken, isSameServer } from './found-token.ts';

/** Where the quickstart leaves its token. */
const quickstartFolder = fileURLToPath(new URL('../../../.keyferry', import.meta.url));

export const usualUrl = 'http://127.0.0.1:4400';

/**
 * A client from the command line, the environment and the context in use, in this order. A token is never taken from the
 * command line, where other users could read it, and that of a context goes to its server alone.
 */
export function connect(
  env: NodeJS.ProcessEnv,
  { url, context: named }: { url?: string; context?: string },
): KeyferryClient {
  const adminServer = env.KEYFERRY_URL || usualUrl;
  const context = chosenContext(env, named);
  const server = url ?? (named === undefined ? env.KEYFERRY_URL || context?.url : context?.url) ?? usualUrl;
  const own = context !== null && isSameServer(context.url, server) ? context : null;
  const token =
    // Named on the command line, a context goes with its own token: that of the environment may be for another server.
    (named === undefined ? null : own?.token) ||
    env.KEYFERRY_TOKEN ||
    readToken(env.KEYFERRY_TOKEN_FILE) ||
    own?.token ||
    foundToken(server, {
      adminToken: env.KEYFERRY_ADMIN_TOKEN || readToken(env.KEYFERRY_ADMIN_TOKEN_FILE),
      adminServer,
      folder: quickstartFolder,
    });
  if (!token) {
    throw new CliError(
      exitCodes.notPermitted,
      'No API token. Log in: keyferry login. Or set KEYFERRY_TOKEN, or KEYFERRY_TOKEN_FILE to a file with it.',
    );
  }
  if (env.KEYFERRY_CA_FILE) trustCa(env.KEYFERRY_CA_FILE, 'KEYFERRY_CA_FILE');
  else if (own?.ca_file) trustCa(own.ca_file, `The CA of context ${own.name}`);
  return createKeyferryClient({ url: server, token });
}

/** For an API whose certificate was signed by a CA of one's own, besides the public ones. */
export function trustCa(file: string, named: string): void {
  try {
    const pem = readFileSync(file, 'utf8');
    // What is no certificate would be passed over in silence.
    new X509Certificate(pem);
    setDefaultCACertificates([...getCACertificates('default'), pem]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(exitCodes.usage, `${named}: ${file} is not a readable CA certificate in PEM (${code}).`);
  }
}

function readToken(file: string | undefined): string | null {
  if (!file) return null;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CliError(
      exitCodes.usage,
      `The token file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}
