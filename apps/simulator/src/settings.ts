import { z } from 'zod';

const range = z.strictObject({ min: z.number().min(0), max: z.number().min(0) });

/** How the simulated CipherTrust Manager and AWS behave; all of it can be changed while it runs (`PATCH /control/settings`). */
export const settingsSchema = z.strictObject({
  /** How long KMS takes from ReplicateKey to usable, milliseconds; by Region where one differs. */
  creatingMs: range.default({ min: 300, max: 1200 }),
  creatingMsByRegion: z.record(z.string(), range).default({}),
  /** How long CCKM says `Enabled` of a new EXTERNAL replica before it has asked AWS. */
  earlyEnabledMs: z.number().min(0).default(1000),
  /** Whether CCKM imports material into new EXTERNAL replicas by itself, and how long after they are created. */
  autoImport: z.enum(['on', 'off', 'fails_while_creating']).default('on'),
  autoImportMs: z.number().min(0).default(800),
  /** CCKM's records are this old just after a write: a new replica is absent, the primary's ReplicaKeys lack it. */
  staleMs: z.number().min(0).default(0),
  /** Every other read of keys is answered by a cluster node whose records are this old. Source: contract, section 4. */
  laggingNodeMs: z.number().min(0).default(0),
  /** How long KMS takes from UpdatePrimaryRegion until the new primary is one; both keys are `Updating` meanwhile. */
  promotionMs: z.number().min(0).default(1000),
  /** How long CCKM's records of the other members tell nothing of a promotion, or of a new replica, unless refreshed. */
  promotionStaleMs: z.number().min(0).default(0),
  replicaKeysStaleMs: z.number().min(0).default(0),
  /** Whether there is a `refresh`: before version 2.22 there is none. */
  offersRefresh: z.boolean().default(true),
  /** How long after its answer a refresh is done. */
  refreshMs: z.number().min(0).default(0),
  synchronizationMs: z.number().min(0).default(500),
  /** How far the clock of the CipherTrust Manager is ahead, as the Date of its answers tells. */
  clockSkewMs: z.number().default(0),
  tokenDurationSeconds: z.number().min(1).default(300),
  quotasOn: z.boolean().default(true),
  /** Requests a second per account and Region. */
  quotas: z.record(z.string(), z.number().positive()).default({
    ReplicateKey: 5,
    CreateKey: 5,
    CreateAlias: 5,
    GetParametersForImport: 1,
    ImportKeyMaterial: 15,
    UpdatePrimaryRegion: 5,
    TagResource: 10,
    UntagResource: 5,
    PutKeyPolicy: 15,
    UpdateKeyDescription: 5,
    EnableKey: 5,
    DisableKey: 5,
    DeleteAlias: 15,
    ScheduleKeyDeletion: 15,
    CancelKeyDeletion: 5,
  }),
  /** The share of every quota that other callers in the account use up, by operation. */
  background: z.record(z.string(), z.number().min(0).max(0.99)).default({}),
  /** Keys that an account may have in one Region. */
  keyLimit: z.number().int().positive().default(100_000),
  /** The Regions that CCKM's container of an account has; an account that is not named has all. */
  kmsRegions: z.record(z.string(), z.array(z.string())).default({}),
  /** Whether a policy template that was never made is an error. */
  strictTemplates: z.boolean().default(false),
  /** Whether `replica_region` must be spelt so; else `ReplicaRegion` is taken too. */
  strictReplicaRegion: z.boolean().default(true),
  /** How AWS's errors stand in CCKM's: `Phrase : Exception: text`, or as the AWS SDK for Go v2 writes them. */
  errorStyle: z.enum(['classic', 'sdk2']).default('classic'),
});

export type Settings = z.infer<typeof settingsSchema>;

const byName = ['quotas', 'background', 'creatingMsByRegion', 'kmsRegions'] as const;

/** Lays some settings over others; of quotas, background and Regions only the named ones change. Throws ZodError. */
export function patchSettings(settings: Settings, patch: Record<string, unknown>): Settings {
  const merged: Record<string, unknown> = { ...settings, ...patch };
  for (const name of byName) {
    if (patch[name] !== undefined) merged[name] = { ...settings[name], ...(patch[name] as object) };
  }
  return settingsSchema.parse(merged);
}
