import { getCACertificates } from 'node:tls';
import type { OidcConfig } from '@keyferry/config';
import { Agent, fetch } from 'undici';
import { reasonOf } from './address.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const check = 'oidc';
const answerWithinMs = 5_000;
const asConfigured = 'Check KEYFERRY_OIDC_ISSUER: it must be exactly the issuer in the tokens of the provider.';

/** The OIDC provider of an API, where one is configured: whether it is there, is who it should be, and has keys. */
export async function checkOidc(oidc: OidcConfig | null): Promise<Finding[]> {
  if (oidc === null) return [];
  const { issuer } = oidc;
  try {
    const found = await ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, oidc);
    if (found.issuer !== issuer && found.issuer !== `${issuer}/`) {
      return [
        fail(check, `${issuer} reports another issuer: ${reasonOf({ message: String(found.issuer) })}`, asConfigured),
      ];
    }
    const { keys } = await ask(String(found.jwks_uri), oidc);
    const count = Array.isArray(keys) ? keys.length : 0;
    if (count === 0)
      return [fail(check, `${issuer} publishes no key`, 'Its tokens cannot be verified: check the provider.')];
    return [ok(check, `${issuer} answers and has ${count === 1 ? '1 key' : `${count} keys`}`), checkLogin(oidc)];
  } catch (error) {
    const advice = `${asConfigured} A certificate of a private CA needs KEYFERRY_OIDC_CA_FILE.`;
    return [fail(check, `cannot reach ${issuer}: ${reasonOf(error)}`, advice)];
  }
}

function checkLogin({ login }: OidcConfig): Finding {
  if (login === null) return ok('oidc login', 'no browser login: KEYFERRY_OIDC_CLIENT_ID is not set');
  const found = `browsers log in at ${login.publicUrl}/login/oidc`;
  if (login.clientSecret !== null) return ok('oidc login', found);
  return warn(
    'oidc login',
    `${found}, as a public client`,
    'Set KEYFERRY_OIDC_CLIENT_SECRET, unless the client has none.',
  );
}

async function ask(url: string, { ca }: OidcConfig): Promise<Record<string, unknown>> {
  const dispatcher = new Agent(ca === null ? {} : { connect: { ca: [...getCACertificates('default'), ca] } });
  try {
    const response = await fetch(url, { dispatcher, redirect: 'manual', signal: AbortSignal.timeout(answerWithinMs) });
    if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  } catch (error) {
    // What fetch itself throws says no more than that it has failed.
    throw error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  } finally {
    await dispatcher.close();
  }
}
