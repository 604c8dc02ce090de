import { z } from 'zod';

const range = z.strictObject({ min: z.number().min(0), max: z.number().min(0) });

/** How the simulated CipherTrust Manager and AWS behave; all of it can be changed while it runs (`PATCH /control/settings`). */
export const settingsSchema = z.strictObject({
  /** How long KMS takes from ReplicateKey to usable, milliseconds; by Region where one differs. */
  creatingMs: range.default({ min: 300, max: 1200 }),
  creatingMsByRegion: z.record(z.string(), range).default({}),
  /** How long CCKM says `Enabled` of a new EXTERNAL replica before it has asked AWS. */
  earlyEnabledMs: z.number().min(0).default(1000),
  /**
   * Whether CCKM imports material into new EXTERNAL replicas by itself, and how long after they are created. `on`: it waits
   * for the import quota; `metered`: an import that finds it used up is throttled; `throttled`: each is.
   */
  autoImport: z.enum(['on', 'metered', 'off', 'fails_while_creating', 'throttled']).default('on'),
  autoImportMs: z.number().min(0).default(800),
  /** CCKM's records are this old just after a write: a new replica is absent, the primary's ReplicaKeys lack it. */
  staleMs: z.number().min(0).default(0),
  /** Every other read of keys is answered by a cluster node whose records are this old. Source: contract, section 4. */
  laggingNodeMs: z.number().min(0).default(0),
  /** How long KMS takes from UpdatePrimaryRegion until the new primary is one; both keys are `Updating` meanwhile. */
  promotionMs: z.number().min(0).default(1000),
  /** Whose id update-primary-region takes: the primary's, that of the replica to become it, or either. */
  updatePrimaryBy: z.enum(['primary', 'replica', 'either']).default('primary'),
  /** How long CCKM's records of the other members tell nothing of a promotion, or of a new replica, unless refreshed. */
  promotionStaleMs: z.number().min(0).default(0),
  replicaKeysStaleMs: z.number().min(0).default(0),
  /** How long CCKM's records tell nothing of a promotion that was made outside it, unless refreshed. */
  staleAfterPromotion: z.number().min(0).default(60_000),
  /** How long CCKM's record of a key tells nothing of a new alias, unless refreshed. */
  aliasStaleMs: z.number().min(0).default(0),
  /** Whether CCKM's lists tell the key policy; the key itself always does. */
  policyInLists: z.boolean().default(true),
  /** Whether there is a `refresh`: before version 2.22 there is none. */
  offersRefresh: z.boolean().default(true),
  /** How long after its answer a refresh is done. */
  refreshMs: z.number().min(0).default(0),
  /** Parameters of lists that this version refuses with `rejectsFiltersStatus`; `limit=-1` is one of them. */
  rejectsFilters: z.array(z.string()).default([]),
  rejectsFiltersStatus: z.number().int().default(400),
  /** The most keys on a page, whatever limit is asked for; 0: as many as are asked for. */
  pageCap: z.number().int().min(0).default(0),
  /** Whether lists state their total: `text` states it as text. */
  total: z.enum(['number', 'text', 'none']).default('number'),
  /** Whether the user may list keys: `none` may not, `by_keyid` only those of a key id. */
  mayList: z.enum(['all', 'by_keyid', 'none']).default('all'),
  /** Whether tags and policy of replicas come as `ReplicaTags` and `ReplicaPolicy` objects alone. */
  replicaFieldsOnly: z.boolean().default(false),
  /** Where source keys live: what keys and their records say, and the tier that import-material takes. */
  keySource: z.string().default('local'),
  sourceKeyTier: z.string().default('local'),
  takesTier: z.string().default('local'),
  /** The state of a second material that each EXTERNAL key has, imported into its primary alone; `none`: there is no second. */
  nextMaterial: z.enum(['none', 'PENDING_ROTATION', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION']).default('none'),
  /** Regions whose synchronisation fails, each with what the job says of it. */
  syncFails: z.record(z.string(), z.string()).default({}),
  synchronizationMs: z.number().min(0).default(500),
  /** How far the clock of the CipherTrust Manager is ahead, as the Date of its answers tells. */
  clockSkewMs: z.number().default(0),
  /** How far AWS's creation dates are ahead of everybody's clocks. */
  creationDateSkewMs: z.number().default(0),
  tokenDurationSeconds: z.number().min(1).default(300),
  /** The groups of its only user, as its tokens say, and the ACLs of every KMS container. Nothing is refused by them. */
  groups: z.array(z.string()).default(['admin']),
  acls: z
    .array(
      z.strictObject({ user_id: z.string().optional(), group: z.string().optional(), actions: z.array(z.string()) }),
    )
    .default([]),
  /** The password of its only user, `admin`. */
  password: z.string().min(1).default('keyferry-simulator'),
  /** After so many refused logins in a row the account is locked for `lockoutMs`; 0: never. */
  lockoutAfter: z.number().int().min(0).default(0),
  lockoutMs: z.number().min(0).default(60_000),
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
  /** Accounts with an archived container: it is their only one, or stands beside the one that is in use. */
  archivedContainers: z.record(z.string(), z.enum(['only', 'beside'])).default({}),
  /**
   * Regions that CCKM's AWS client gets no answer from: every call of CCKM that changes something there fails as with the
   * fault `awsTransport`, a replicate-key with the primary's Region or the replica's. Reads of CCKM's records go on.
   */
  unreachableRegions: z.array(z.string()).default([]),
  /** The share of such calls that did their work all the same, and the status of their answers. */
  unreachableAfterWork: z.number().min(0).max(1).default(0),
  unreachableStatus: z.number().int().min(400).max(599).default(400),
  /** Tags that an organisation's own tagger puts on every new replica. */
  organisationTags: z.array(z.strictObject({ TagKey: z.string(), TagValue: z.string() })).default([]),
  /** Whether policies are answered as AWS writes them: root ARNs for account ids, lists of one as that one. */
  rewritesPolicies: z.boolean().default(false),
  /** The order of the statements, lists and fields of answered policies. */
  policyOrder: z.enum(['given', 'reversed']).default('given'),
  /** Whether a policy template that was never made is an error. */
  strictTemplates: z.boolean().default(false),
  /** Whether `replica_region` must be spelt so; else `ReplicaRegion` is taken too. */
  strictReplicaRegion: z.boolean().default(true),
  /** How AWS's errors stand in CCKM's: `Phrase : Exception: text`, or as the AWS SDK for Go v2 writes them. */
  errorStyle: z.enum(['classic', 'sdk2']).default('classic'),
});

export type Settings = z.infer<typeof settingsSchema>;

const byName = ['quotas', 'background', 'creatingMsByRegion', 'kmsRegions', 'archivedContainers'] as const;

/** Lays some settings over others; of quotas, background and Regions only the named ones change. Throws ZodError. */
export function patchSettings(settings: Settings, patch: Record<string, unknown>): Settings {
  const merged: Record<string, unknown> = { ...settings, ...patch };
  for (const name of byName) {
    if (patch[name] !== undefined) merged[name] = { ...settings[name], ...(patch[name] as object) };
  }
  return settingsSchema.parse(merged);
}
