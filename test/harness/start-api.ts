import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Config, loadConfig } from '@keyferry/config';
import { everywhere, type Role, type Scope } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import { openQueues } from '@keyferry/queue';
import { createSeal, insertToken, migrate, openStore, type Store } from '@keyferry/store';
import { createApp } from '../../apps/api/src/app.ts';
import { openCheckpointSigner } from '../../apps/api/src/audit/checkpoint-signer.ts';
import type { SigningKey } from '../../apps/api/src/audit/signing-key.ts';
import { tokenSha256 } from '../../apps/api/src/http/api-token.ts';
import { createServer } from '../../apps/api/src/http/create-server.ts';
import { startPostgres } from '../servers/index.ts';

/** The API alone, in the test's own process, on a Postgres of its own. No worker runs: the test does what one would do. */
export interface TestApi {
  readonly url: string;
  readonly databaseUrl: string;
  readonly store: Store;
  /**
   * A request, its answer parsed where it is JSON; of an event stream only the head. `token` null: without one; with a
   * cookie it is a browser's, on a page of ours.
   */
  ask(token: string | null | { cookie: string }, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Lets a caller in by a token that the test chooses. */
  letIn(token: string, caller: { name: string; role: Role; scope?: Partial<Scope>; expiresAt?: Date }): Promise<void>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
  readonly json: any;
}

export const adminToken = 'the-admin-token-of-all-tests-of-the-api';

/** `databaseUrl`: beside another one, on its Postgres. Nobody is held to a number of requests unless `rateLimit` says so. */
export async function startForTest({
  databaseUrl,
  signingKey = null,
  checkpointFile = null,
  rateLimit = 0,
  trustProxy = [],
  oidc = null,
  sessions = {},
  adminToken: itsAdminToken = adminToken,
  logLine,
  encryptionKeys = [],
  webhooks,
  checkTokens,
}: {
  databaseUrl?: string;
  signingKey?: SigningKey | null;
  /** Where the last checkpoint is kept beside Postgres. */
  checkpointFile?: string | null;
  rateLimit?: number;
  trustProxy?: string[];
  oidc?: Config['api']['oidc'];
  sessions?: Partial<Config['api']['sessions']>;
  adminToken?: string;
  /** Gets every line of the log; left out: nothing is logged. */
  logLine?: (line: string) => void;
  encryptionKeys?: Uint8Array[];
  webhooks?: Partial<Config['webhooks']>;
  checkTokens?: Config['checkTokens'];
} = {}): Promise<TestApi> {
  const postgres =
    databaseUrl === undefined ? await startPostgres() : { url: databaseUrl, stop: async () => undefined };
  await migrate(postgres.url);
  const log = logLine ? createLog('api', 'trace', { write: logLine }) : createLog('api', 'silent');
  const store = openStore({ url: postgres.url, seal: createSeal(encryptionKeys) });
  const queues = await openQueues({ redisUrl: null, databaseUrl: postgres.url, log });
  const { quotas, keyPrice, api, ...others } = loadConfig({});
  const ages = { previewMaxAgeMs: 60_000, approvalMaxAgeMs: 60_000 };
  const checks = { checkTokens: checkTokens ?? others.checkTokens };
  const network = { trustProxy, rateLimit, webhooks: { ...others.webhooks, ...webhooks }, ...checks };
  const access = { adminToken: itsAdminToken, oidc, sessions: { ...api.sessions, ...sessions } };
  const signer = signingKey && openCheckpointSigner(store, signingKey, { file: checkpointFile, log });
  const server = createServer(
    createApp({ store, queues, quotas, keyPrice, ...ages, ...access, signer, ...network, log }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    databaseUrl: postgres.url,
    store,
    ask: async (token, method, path, body) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(typeof token === 'string' ? { authorization: `Bearer ${token}` } : {}),
          ...(typeof token === 'object' && token !== null ? { ...token, 'sec-fetch-site': 'same-origin' } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const type = response.headers.get('content-type') ?? '';
      const isStream = type.startsWith('text/event-stream');
      const text = isStream ? ((await response.body?.cancel()) ?? '') : await response.text();
      const isJson = /\bjson\b/.test(type);
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
    },
    letIn: async (token, { name, role, scope, expiresAt }) => {
      const bound = { ...everywhere, ...scope };
      const until = expiresAt ?? null;
      const sha256 = tokenSha256(token);
      await insertToken(store, { sha256, name, role, scope: bound, expiresAt: until, createdBy: 'admin' });
    },
    stop: async () => {
      server.close().closeAllConnections();
      await queues.close();
      await store.close();
      await postgres.stop();
    },
  };
}
