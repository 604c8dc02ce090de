import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';

/** An OIDC provider of the test's own, on loopback. */
export interface TestIssuer {
  readonly url: string;
  /** The paths that it was asked for, in order. */
  readonly asked: string[];
  /** Who sits at the browser: logs in at once, without a form; null: presses Cancel. */
  person: { readonly sub: string; readonly [claim: string]: unknown } | null;
  /** It answers nothing. */
  isDown: boolean;
  /** A token signed with its present key. Claims and header stand over those of a good token; undefined leaves one out. */
  mint(claims?: Record<string, unknown>, header?: object): Promise<string>;
  /** It has a new key, and the old one is gone. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

export const issuerClient = {
  audience: 'keyferry-api',
  id: 'keyferry-web',
  secret: 'canary-client-secret',
  redirectUri: 'https://keyferry.example.com/login/oidc/callback',
};

/** Over plain http unless it has a certificate for `localhost`. */
export async function startIssuer(tls?: { cert: string; key: string }): Promise<TestIssuer> {
  const server = tls ? createTlsServer(tls) : createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;

  const open = async () => {
    const alg = 'ES256';
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: crypto.randomUUID() };
    const provider = new Provider(url, {
      jwks: { keys: [jwk] },
      clients: [
        {
          client_id: issuerClient.id,
          client_secret: issuerClient.secret,
          redirect_uris: [issuerClient.redirectUri],
          id_token_signed_response_alg: alg,
        },
      ],
      cookies: { keys: ['of the test'] },
      claims: { openid: ['sub', 'roles'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: false,
      findAccount: (_context, accountId) => ({ accountId, claims: async () => ({ ...issuer.person, sub: accountId }) }),
      loadExistingGrant: async ({ oidc }) => {
        const grant = new provider.Grant({ clientId: issuerClient.id, accountId: oidc.session?.accountId ?? '' });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
      features: { devInteractions: { enabled: false } },
      interactions: { url: () => '/person' },
      ttl: { Session: 60, Interaction: 60, Grant: 60, AccessToken: 60, IdToken: 60 },
    });
    return { provider, answer: provider.callback(), privateKey, header: { alg, kid: jwk.kid } };
  };

  let present = await open();
  const issuer: TestIssuer = {
    url,
    asked: [],
    person: null,
    isDown: false,
    mint: (claims = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1_000);
      const good = { iss: url, aud: issuerClient.audience, sub: 'anna', roles: ['operator'], iat: now, exp: now + 60 };
      const protectedHeader = { ...present.header, ...header };
      return new SignJWT({ ...good, ...claims }).setProtectedHeader(protectedHeader).sign(present.privateKey);
    },
    rotate: async () => {
      present = await open();
    },
    stop: async () => {
      server.close().closeAllConnections();
    },
  };
  server.on('request', (request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    issuer.asked.push(path);
    if (issuer.isDown) request.socket.destroy();
    else if (path !== '/person') present.answer(request, response);
    else {
      const { person } = issuer;
      const result =
        person === null ? { error: 'access_denied' } : { login: { accountId: person.sub, remember: false } };
      void present.provider.interactionFinished(request, response, result);
    }
  });
  return issuer;
}
