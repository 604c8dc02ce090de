import { isHostOf } from './destination.ts';

/** A token of a team's own check, and the only hosts that it may be sent to: `checks.example.com`, with `:port` where it is not the usual one. */
export interface CheckToken {
  readonly token: string;
  readonly hosts: readonly string[];
}

/** Why the token that a call names must not be sent with it; null: it may, or the call names none. */
export function faultOfCheckToken(
  { bearer, url: text }: { readonly bearer: string | null; readonly url: string },
  tokens: ReadonlyMap<string, CheckToken>,
): { readonly code: 'unknown_token' | 'token_for_other_host'; readonly message: string } | null {
  if (bearer === null) return null;
  const named = tokens.get(bearer);
  if (named === undefined) {
    const message = `KEYFERRY_CHECK_TOKENS of the workers has no token "${bearer}". Add it there, then restart the workers.`;
    return { code: 'unknown_token', message };
  }
  const url = new URL(text);
  if (named.hosts.some((host) => isHostOf(url, host))) return null;
  const message = `KEYFERRY_CHECK_TOKENS does not allow "${bearer}" for ${url.host}. Use a token of that host, or add the host to this one (with its port if that is not 443) and restart the workers.`;
  return { code: 'token_for_other_host', message };
}
