import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createKeyferryClient, type KeyferryClient } from '@keyferry/client';
import { CliError, exitCodes } from './exit-codes.ts';
import { foundToken } from './found-token.ts';

/** Where the quickstart leaves its token. */
const quickstartFolder = fileURLToPath(new URL('../../../.keyferry', import.meta.url));

const usualUrl = 'http://127.0.0.1:4400';

/** A client from `--url` and the environment. A token is never taken from the command line: other users could read it. */
export function connect(env: NodeJS.ProcessEnv, url: string | undefined): KeyferryClient {
  const adminServer = env.KEYFERRY_URL || usualUrl;
  const server = url ?? adminServer;
  const token =
    env.KEYFERRY_TOKEN ||
    readToken(env.KEYFERRY_TOKEN_FILE) ||
    foundToken(server, {
      adminToken: env.KEYFERRY_ADMIN_TOKEN || readToken(env.KEYFERRY_ADMIN_TOKEN_FILE),
      adminServer,
      folder: quickstartFolder,
    });
  if (!token) {
    throw new CliError(
      exitCodes.notPermitted,
      'No API token. Set KEYFERRY_TOKEN, or KEYFERRY_TOKEN_FILE to a file that holds it.',
    );
  }
  if (env.KEYFERRY_CA_FILE) trustCa(env.KEYFERRY_CA_FILE);
  return createKeyferryClient({ url: server, token });
}

/** For an API whose certificate was signed by a CA of one's own, besides the public ones. */
function trustCa(file: string): void {
  try {
    const pem = readFileSync(file, 'utf8');
    // What is no certificate would be passed over in silence.
    new X509Certificate(pem);
    setDefaultCACertificates([...getCACertificates('default'), pem]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(exitCodes.usage, `KEYFERRY_CA_FILE: ${file} is no readable CA certificate in PEM (${code}).`);
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
