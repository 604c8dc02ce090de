import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createKeyferryClient, type KeyferryClient } from '@keyferry/client';
import { CliError, exitCodes } from './exit-codes.ts';

/** Where the quickstart leaves its token. */
const quickstartToken = fileURLToPath(new URL('../../../.keyferry/admin-token', import.meta.url));

/** A client from `--url` and the environment. A token is never taken from the command line: other users could read it. */
export function connect(env: NodeJS.ProcessEnv, url: string | undefined): KeyferryClient {
  const token =
    env.KEYFERRY_TOKEN ||
    readToken(env.KEYFERRY_TOKEN_FILE) ||
    env.KEYFERRY_ADMIN_TOKEN ||
    readToken(env.KEYFERRY_ADMIN_TOKEN_FILE) ||
    (existsSync(quickstartToken) ? readToken(quickstartToken) : null);
  if (!token) {
    throw new CliError(
      exitCodes.notPermitted,
      'No API token. Set KEYFERRY_TOKEN, or KEYFERRY_TOKEN_FILE to a file that holds it.',
    );
  }
  return createKeyferryClient({ url: url ?? env.KEYFERRY_URL ?? 'http://127.0.0.1:4400', token });
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
