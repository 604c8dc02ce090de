import { readQuickstartToken } from '@keyferry/config/quickstart-token';
import { CliError, exitCodes } from './exit-codes.ts';

/** A token that was not configured for this call. */
interface Found {
  readonly token: string;
  /** Where it was found, in words. */
  readonly where: string;
  /** The address that it was issued for; null: unknown. */
  readonly server: string | null;
}

/**
 * A token that was found rather than given, for the server that it was issued for and no other: whoever names another address
 * must not hand the token over to it. Null: none was found. Throws where what was found is for other servers.
 */
export function foundToken(
  url: string,
  { adminToken, adminServer, folder }: { adminToken: string | null; adminServer: string; folder: string },
): string | null {
  const left = readQuickstartToken(folder);
  const found: Found[] = [
    ...(adminToken ? [{ token: adminToken, where: 'KEYFERRY_ADMIN_TOKEN', server: adminServer }] : []),
    ...(left === null ? [] : [{ ...left, where: left.file }]),
  ];
  const own = found.find(({ server }) => server !== null && isSameServer(server, url));
  if (own !== undefined) return own.token;
  const [other] = found;
  if (other === undefined) return null;
  throw new CliError(
    exitCodes.notPermitted,
    other.server === null
      ? `The token in ${other.where} is not sent to ${url}: its server is unknown. Start the quickstart again, or set KEYFERRY_TOKEN, or KEYFERRY_TOKEN_FILE to a file with a token of that server.`
      : `The token in ${other.where} is for ${other.server}, and is not sent to ${url}. Set KEYFERRY_TOKEN, or KEYFERRY_TOKEN_FILE to a file with a token of that server; or use the other server with --url.`,
  );
}

/** Scheme, host and port: all of them. */
export const isSameServer = (one: string, other: string): boolean =>
  URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
