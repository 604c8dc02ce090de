import { type Keyferry, runKeyferry } from './run-keyferry.ts';

export const adminToken = 'the-admin-token-of-the-behaviour-suite';

/** Quotas are raised four times on both sides, so that the suite is quick and every call is still paced and metered. */
const quotas = { ReplicateKey: 20, CreateKey: 20, CreateAlias: 20, GetParametersForImport: 10, ImportKeyMaterial: 60 };

/** What a Keyferry is started on: servers that others use too. */
export interface Servers {
  readonly postgresUrl: string;
  /** Null on the Postgres engine. */
  readonly redisUrl: string | null;
  /** Of another release, whose processes are started at first. */
  readonly checkout?: string;
}

/** A Keyferry in which everything takes a fraction of its usual time; `env` is laid over its environment. */
export function runQuickKeyferry(
  servers: Servers,
  env: Record<string, string> = {},
  simulatorSeed = 'behaviour',
): Promise<Keyferry> {
  return runKeyferry({
    ...servers,
    adminToken,
    simulatorSeed,
    simulatorSettings: { quotas, creatingMs: { min: 100, max: 400 }, autoImportMs: 300, earlyEnabledMs: 400 },
    env: {
      KEYFERRY_VERIFY_POLL_MS: '150',
      KEYFERRY_VERIFY_TIMEOUT_MS: '20000',
      KEYFERRY_LEASE_MS: '2000',
      KEYFERRY_QUOTA_REPLICATE_KEY: '20',
      KEYFERRY_QUOTA_CREATE_KEY: '20',
      KEYFERRY_QUOTA_GET_PARAMETERS_FOR_IMPORT: '10',
      KEYFERRY_QUOTA_IMPORT_KEY_MATERIAL: '60',
      ...env,
    },
    waiting: { withinMs: 80_000, everyMs: 100 },
  });
}
