/** The meaning of each variable, in the groups and order of the reference. */
export interface VariableGroup {
  readonly title: string;
  /** Who reads them. */
  readonly readBy: string;
  readonly variables: Readonly<Record<string, string>>;
}

export const variableGroups: readonly VariableGroup[] = [
  {
    title: 'Stores and secrets',
    readBy: 'API and workers',
    variables: {
      DATABASE_URL:
        'Postgres 14 or newer; TLS by `?sslmode=verify-full`. Not set: an embedded Postgres in `KEYFERRY_DATA_DIR`, shared by all processes that use the folder',
      KEYFERRY_MIGRATION_DATABASE_URL:
        'the same database as the role that owns its tables, for `npm run migrate`. Not set: the role of `DATABASE_URL` migrates, or another process has migrated',
      REDIS_URL: 'BullMQ on Redis 6.2+ or Valkey. Not set: BullMQ on Postgres',
      REDIS_CA_FILE: 'PEM of a CA for Redis over TLS, besides the public ones',
      KEYFERRY_ENCRYPTION_KEY:
        'encrypts key policies and webhook secrets in Postgres; the same on API and workers. Several keys: the first encrypts, all decrypt. Not set: policies are stored in clear, and webhooks are off',
      KEYFERRY_DATA_DIR: 'folder of the embedded Postgres',
      KEYFERRY_LOG_LEVEL: 'level of the JSON lines on standard error',
    },
  },
  {
    title: 'CipherTrust Manager',
    readBy: 'workers; an API reads `CCKM_URL` only, to name it in evidence',
    variables: {
      CCKM_URL: 'address; plain `http` only for loopback',
      CCKM_USERNAME: 'user of the login',
      CCKM_PASSWORD: 'its password; a changed `CCKM_PASSWORD_FILE` is read at once',
      CCKM_REFRESH_TOKEN: 'instead of a password',
      CCKM_DOMAIN: 'domain of the keys. Not set: root',
      CCKM_AUTH_DOMAIN: 'domain of the user, if it differs',
      CCKM_CONNECTION: 'connection that checks the login, such as an LDAP one. Not set: `local_account`',
      CCKM_CA_FILE: 'PEM of a CA, besides the public ones',
      CCKM_CLIENT_CERT_FILE: 'PEM of a client certificate with its chain; needs the key',
      CCKM_CLIENT_KEY_FILE: 'PEM of its key; needs the certificate',
      CCKM_INSECURE_TLS:
        '`true` does not verify the certificate: for test environments only; logged as a warning at every start',
      CCKM_CALL_TIMEOUT_MS: 'timeout of one call',
      KEYFERRY_CCKM_READS_PER_SECOND: 'reads of one worker a second',
      KEYFERRY_CCKM_READS_AT_ONCE: 'reads of one worker in flight',
    },
  },
  {
    title: 'API',
    readBy: 'API',
    variables: {
      KEYFERRY_ADMIN_TOKEN: 'token of the caller `admin`, who creates the other tokens',
      KEYFERRY_SIGNING_KEY:
        'Ed25519 private key in PEM that signs audit checkpoints and evidence packs; the same on every API. Not set: nothing is signed',
      KEYFERRY_AUDIT_CHECKPOINT_FILE:
        'file that keeps the last audit checkpoint outside Postgres, in a folder that the API can write. Not set: kept until the API stops',
      KEYFERRY_HOST: 'address to listen on',
      KEYFERRY_PORT: 'port to listen on; 0: any free port',
      KEYFERRY_METRICS_OPEN: '`true`: `/metrics` needs no token',
      KEYFERRY_TLS_CERT_FILE: 'PEM of a certificate with its chain: https instead of http; reloaded when renewed',
      KEYFERRY_TLS_KEY_FILE: 'PEM of its key',
      KEYFERRY_TRUST_PROXY: 'proxies whose `X-Forwarded-For` is trusted',
      KEYFERRY_RATE_LIMIT: 'cost units per minute of one caller, counted per API process; 0: unlimited',
      KEYFERRY_SESSION_IDLE_MINUTES: 'a browser session ends after this time without a request',
      KEYFERRY_SESSION_HOURS: 'maximum duration of a browser session',
      KEYFERRY_PREVIEW_MAX_AGE_MS: 'an older preview is checked against CCKM again when it is executed',
      KEYFERRY_APPROVAL_MAX_AGE_MS: 'approvals older than this have expired when the plan starts',
      KEYFERRY_KEY_PRICE: 'price of one KMS key a month, for estimates',
      KEYFERRY_KEY_PRICE_CURRENCY: 'its currency',
    },
  },
  {
    title: 'OIDC provider',
    readBy: 'API',
    variables: {
      KEYFERRY_OIDC_ISSUER: 'issuer of the JWTs, exactly as its discovery document says; plain `http` to loopback only',
      KEYFERRY_OIDC_AUDIENCE: 'audience of the tokens; required with an issuer',
      KEYFERRY_OIDC_ROLE_CLAIM: 'claim with the roles; dots separate nested claims',
      KEYFERRY_OIDC_ROLES: 'claim value to role. Not set: the names of the roles',
      KEYFERRY_OIDC_NAME_CLAIM: 'claim that names a caller; it must never change nor be reused',
      KEYFERRY_OIDC_CLOCK_SKEW_SECONDS: 'allowed clock difference between provider and API',
      KEYFERRY_OIDC_CA_FILE: 'PEM of a CA for the provider, besides the public ones',
      KEYFERRY_OIDC_CLIENT_ID: 'client for browser logins. Not set: no login by the provider',
      KEYFERRY_OIDC_CLIENT_SECRET: 'its secret. Not set: a public client',
    },
  },
  {
    title: 'Pace',
    readBy: 'workers, the same on all',
    variables: {
      KEYFERRY_QUOTA_REPLICATE_KEY: 'AWS quota, requests a second, per account in the Region of the primary',
      KEYFERRY_QUOTA_CREATE_KEY: 'per account in the Region of the replica; a replica costs 2',
      KEYFERRY_QUOTA_CREATE_ALIAS: 'aliases of replicas',
      KEYFERRY_QUOTA_GET_PARAMETERS_FOR_IMPORT: 'imports into EXTERNAL replicas, those of CCKM too',
      KEYFERRY_QUOTA_IMPORT_KEY_MATERIAL: 'imports into EXTERNAL replicas',
      KEYFERRY_QUOTA_UPDATE_PRIMARY_REGION: 'promotions, in both Regions',
      KEYFERRY_QUOTA_HEADROOM: 'share of each quota that Keyferry uses; the rest is left to others',
      KEYFERRY_QUOTA_KEYS: 'keys that an account may have in one Region, in every state',
      KEYFERRY_IGNORE_TAGS:
        'tag keys that are neither compared nor copied, in every plan, policy and drill; `aws:*` always is',
      KEYFERRY_WORKER_CONCURRENCY: 'maximum number of calls claimed by one worker; most of them wait for their slot',
      KEYFERRY_WORKER_METRICS_PORT:
        'port of `/metrics` and `/healthz` of this worker, one each on a shared machine. Not set: none',
      KEYFERRY_WORKER_METRICS_HOST: 'address it listens on, without a token',
      KEYFERRY_LEASE_MS: 'a claim of a worker expires after this time without a heartbeat',
      KEYFERRY_VERIFY_POLL_MS: 'first interval between two checks of a new replica; grows to 12 times this',
      KEYFERRY_VERIFY_TIMEOUT_MS: 'a replica must be usable after this time',
      KEYFERRY_ARCHIVE_AFTER_DAYS: 'plans that finished longer ago are archived. Not set: never',
      KEYFERRY_KEYS_MAX_AGE_MS: 'the list of keys is read again when it is viewed and older than this',
    },
  },
  {
    title: 'Webhooks and drill checks',
    readBy: 'API and workers, the same on all',
    variables: {
      KEYFERRY_PUBLIC_URL:
        'address of this installation for browsers (login by OIDC) and receivers (`source` of events). Not set: `urn:keyferry`',
      KEYFERRY_WEBHOOK_HOSTS: 'hosts that webhooks and `http` steps may call. Not set: webhooks are off',
      KEYFERRY_WEBHOOK_NETWORKS: 'networks, besides the public ones, in which these hosts may be',
      KEYFERRY_WEBHOOK_CA_FILE: 'PEM of a CA for receivers, besides the public ones',
      KEYFERRY_CHECK_TOKENS: 'bearer tokens for the `http` steps of drills; a runbook contains only their names',
    },
  },
  {
    title: 'Traces',
    readBy: 'API and workers; variables of OpenTelemetry',
    variables: {
      OTEL_EXPORTER_OTLP_ENDPOINT:
        'where traces go, OTLP over HTTP in protobuf; `/v1/traces` is appended. Not set: no traces',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'the same for traces only, used unchanged; takes precedence',
      OTEL_EXPORTER_OTLP_HEADERS: 'extra headers, such as `Authorization=Bearer%20…`',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'the same for traces only',
      OTEL_TRACES_SAMPLER: 'which traces are kept',
      OTEL_TRACES_SAMPLER_ARG: 'ratio of a `…traceidratio` sampler',
      OTEL_SDK_DISABLED: '`true`: no traces, regardless of other variables',
    },
  },
];
