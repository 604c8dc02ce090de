import { regions } from '../regions/regions.ts';

/** What an operator reads of a field: in an editor (the JSON Schema), and in the API's own description. */
type Note = {
  readonly title: string;
  readonly description: string;
  readonly examples?: unknown[];
  readonly anyOf?: unknown[];
};

const note = (title: string, description: string, ...examples: unknown[]): Note => ({
  title,
  description,
  ...(examples.length > 0 ? { examples } : {}),
});

/** The Regions that Keyferry knows, so that an editor offers them. */
const known = { enum: [...regions.keys()] };

const principals =
  'CCKM builds the policy from these lists. Excludes aws_param.Policy and policytemplate for the same replica.';
const policyChoice =
  'Set one of aws_param.Policy, policytemplate, the lists of admins and users, or `same_as_primary: [policy]`; none means the KMS default policy.';

/** The fields of a plan. */
export const planNotes = {
  name: note('Name', 'The name of the plan in lists and reports. It need not be unique.', 'dr-2026-q4'),
  operation: note(
    'Operation',
    'replicate: creates a replica of each key in each of `regions`. promote: makes the named Region the Region of the primary of each key; the key must have a replica there. A promotion needs two approvers and allows neither `replica` nor `overrides`.',
  ),
  mode: note(
    'Mode',
    'execute: runs once it is resolved. preview: resolves and checks every key-Region pair, then waits for `keyferry plan execute`; nothing is created before that.',
  ),
  keys: note(
    'Keys by name',
    'The primaries to replicate, each by CCKM key id, mrk- id, ARN or alias. Set this or `selector`. A key that is named twice counts once.',
    ['mrk-1234567890abcdef1234567890abcdef'],
  ),
  key: note(
    'Key',
    'The primary: its CCKM key id (a UUID), its AWS multi-Region key id (mrk-…), its KMS key ARN, or an alias (alias/…, or its ARN). An alias that several primaries have is blocked: use its ARN instead.',
    'mrk-1234567890abcdef1234567890abcdef',
    'arn:aws:kms:us-east-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef',
    '0f3e9d5c-1234-4abc-9def-0123456789ab',
    'alias/prod-payments',
  ),
  selector: note(
    'Keys by selector',
    'Selects every multi-Region primary that CCKM lists and that matches all fields set here, when the plan is resolved. Set this or `keys`; preview such a plan before you run it.',
    { alias: 'alias/prod-*', tags: { tier: '1' } },
  ),
  regions: note(
    'Regions',
    'The Regions in which each key gets a replica, all in one AWS partition. With `region_order: sequential` they are processed in this order.',
    ['us-west-2', 'eu-west-1'],
  ),
  region: {
    ...note(
      'Region or group',
      'An AWS Region, or group:<name> for a Region group. Opt-in Regions must be enabled in the account of the key.',
      'us-west-2',
      'group:eu',
    ),
    anyOf: [known, { pattern: '^group:' }],
  },
  regionOfList: { ...note('Region', 'An AWS Region. Groups are allowed in `regions` only.', 'us-west-2'), ...known },
  account_regions: note('Regions by account', 'Other Regions than `regions` for the keys of these accounts.', {
    '111122223333': ['eu-central-1'],
  }),
  region_groups: note(
    'Region groups',
    'The Regions of the groups in `regions` when the plan was submitted. Set by Keyferry; do not write it.',
  ),
  replica: note(
    'Replica settings',
    'Sent to CCKM for every replica of the plan, with the field names of its replicate-key. KMS copies neither tags, alias, description nor policy of the primary: what is not set here stays empty, and the policy is the KMS default.',
  ),
  overrides: note(
    'Exceptions',
    'Applied on top of `replica` in this order, where key and Region match. Fields of aws_param are replaced one by one; another way to set the policy replaces the earlier one.',
    [{ region: 'eu-west-1', replica: { policytemplate: '6f9d2c4e-eu-replicas' } }],
  ),
  overrideKey: note('Only this key', 'A key as in `keys`. Default: every key.', 'mrk-1234567890abcdef1234567890abcdef'),
  overrideRegion: {
    ...note('Only this Region', 'One of the Regions of the plan. Default: every Region.', 'eu-west-1'),
    ...known,
  },
  overrideReplica: note('Override settings', 'The settings that differ from `replica`, with the field names of CCKM.'),
  options: note('How to run', 'Order, pace, and when to stop. Every field has a default.'),
} satisfies Record<string, Note>;

/** The fields of `selector`. */
export const selectorNotes = {
  alias: note('Alias', 'The whole alias; "*" matches any characters.', 'alias/prod-*', 'alias/payments-settlement'),
  tags: note(
    'Tags',
    'The key must have all of these tags with exactly these values. Values are strings: write "1", not 1.',
    { tier: '1' },
    { 'data-class': 'confidential' },
  ),
  tag: note('Tag value', 'Exactly this value, as a string: "1", not 1.', '1'),
  account: note('Account', 'The AWS account id of the key, 12 digits in quotes.', '111122223333'),
  region: { ...note('Primary’s Region', 'Only keys whose primary is in this Region.', 'us-east-1'), ...known },
  origin: note('Origin', 'AWS_KMS: the key material was created in KMS. EXTERNAL: it was imported (BYOK).'),
  policy_template: note(
    'Policy template',
    'Id of the CCKM policy template that the key was created with.',
    '6f9d2c4e-eu',
  ),
  missing_in: note('Missing in', 'Keys that lack a replica in at least one of these Regions or groups.', ['eu-west-1']),
} satisfies Record<string, Note>;

/** The fields of `options`. */
export const optionNotes = {
  priority: note(
    'Priority',
    '0 to 100. Of plans that share a quota, the one with the higher priority goes first.',
    0,
    50,
    100,
  ),
  max_in_flight: note(
    'Max in flight',
    'Maximum number of concurrent calls of this plan; replicas that are only being checked do not count. The AWS quotas always apply.',
    50,
  ),
  failure_tolerance: note(
    'Failure tolerance',
    'If more replicas fail, the plan changes to `halted` and starts nothing new until it is resumed or cancelled. Default: it never halts.',
    { count: 10 },
    { percent: 5 },
  ),
  count: note(
    'Failed replicas',
    'Replicas that may fail; one more halts the plan. 0 halts it at the first failure.',
    10,
  ),
  percent: note('Failed replicas, percent', 'Percentage of all replicas of the plan that may fail; more halts it.', 5),
  region_order: note(
    'Order of Regions',
    'parallel: all Regions at once. sequential: one after another in the order of `regions`; each starts when the previous one has finished.',
  ),
  max_attempts: note('Attempts', 'Maximum number of replicate-key calls for one replica before it fails.', 8),
  import_material: note(
    'Import key material',
    'EXTERNAL keys only. true: the key material of the primary is imported into the replica from its source in CipherTrust, also into an existing replica that lacks it. false: the replica is created and stays PendingImport until you import it.',
  ),
  replicas_as_primary: note(
    'Use the primary of replicas',
    'true: a key that is a replica is replaced by its primary. false: it is blocked, and the error names the primary.',
  ),
  follow_rotation: note(
    'Follow rotations',
    'true: a key that CCKM rotated to another AWS key (its `rotated_to`) is replaced by the newest one. false: the named key is replicated, with the warning `rotated_away`.',
  ),
  require_approval: note(
    'Approval',
    'true: the plan does not start until people other than its submitter have approved it, with `keyferry plan approve`. A promotion always needs approval; there the default is true.',
  ),
  approvals: note(
    'Approvals',
    'Number of different approvers needed, with `require_approval: true`. A promotion needs at least 2, which is its default.',
    1,
    2,
  ),
  start_at: note(
    'Not before',
    'The earliest start, with a UTC offset. Null or not set: at once.',
    '2026-12-06T01:00:00Z',
    '2026-12-06T02:00:00+01:00',
  ),
  change_ticket: note('Change ticket', 'Stored with the plan for the record; Keyferry does not check it.', 'CHG-1234'),
  windows: note(
    'Maintenance windows',
    'New replicas start only while one of these windows is open; work in flight finishes. Not set or empty: at any time.',
    [{ days: ['sat', 'sun'], from: '22:00', to: '06:00', time_zone: 'Europe/Berlin' }],
  ),
  ignore_tags: note(
    'Ignored tags',
    'Patterns of tag keys; "*" matches any characters. These tags are neither compared nor copied from the primary. `aws:*` and the patterns of KEYFERRY_IGNORE_TAGS are always included.',
    ['c7n-*'],
  ),
  exact_tags: note(
    'Exact tags',
    'true: a tag of a replica that is not in the plan counts as a difference. false or not set: extra tags are ignored.',
    false,
  ),
  skip_same_region: note(
    "Skip the primary's Region",
    "true: pairs whose Region is the primary's own are skipped and counted as already present, with a warning. false or not set: they are blocked (`same_region`).",
    true,
  ),
} satisfies Record<string, Note>;

/** The fields of a maintenance window. */
export const windowNotes = {
  days: note('Days', 'The days on which the window opens. A window past midnight stays open into the next day.', [
    'sat',
    'sun',
  ]),
  from: note('From', 'When the window opens, in `time_zone`, in quotes.', '22:00'),
  to: note(
    'To',
    'When the window closes, in quotes. At or before `from` means the next day. "24:00" is midnight.',
    '06:00',
  ),
  time_zone: note('Time zone', 'An IANA time zone, with daylight saving.', 'Europe/Berlin', 'UTC'),
} satisfies Record<string, Note>;

/** The fields of a replica block. */
export const replicaNotes = {
  same_as_primary: note(
    'Same as the primary',
    'Settings that are copied from the primary when the plan is resolved: policy, tags, alias, description. A copied setting cannot also be set in another way. Aliases that a CCKM rotation moved to another key, and tags of `ignore_tags`, are not copied.',
    ['policy', 'tags', 'alias', 'description'],
  ),
  aws_param: note('AWS settings', 'Settings that KMS applies to the replica itself.'),
  Alias: note(
    'Alias',
    'Alias of the replica in its Region, without "alias/". An alias is unique per account and Region, so for several keys it must contain {alias} (the alias of the primary); it may contain {region}, {account} and {primary_region}.',
    '{alias}-dr',
    'payments-settlement',
  ),
  Description: note(
    'Description',
    'At most 8192 characters; {alias}, {region}, {account} and {primary_region} are replaced. No secrets: everyone with kms:DescribeKey can read it.',
    'Disaster recovery of {alias}',
  ),
  Tags: note(
    'Tags',
    'At most 50. They replace all tags of the settings that they override. Keys and values may contain placeholders.',
    [{ TagKey: 'managed-by', TagValue: 'keyferry' }],
  ),
  TagKey: note('Tag key', '1 to 128 characters, not starting with "aws:".', 'managed-by'),
  TagValue: note('Tag value', 'At most 256 letters, digits and _ . / = + - @; CCKM allows no spaces.', 'keyferry'),
  Policy: note(
    'Key policy',
    `A policy document of at most 32768 bytes as JSON. {alias}, {region}, {account} and {primary_region} are replaced everywhere; IAM variables (\${aws:…}) are kept. ${policyChoice}`,
    {
      Version: '2012-10-17',
      Statement: [],
    },
  ),
  BypassPolicyLockoutSafetyCheck: note(
    'Skip the lockout check',
    'true: KMS accepts a policy that locks the caller out of the key. Do not set it unless you intend that.',
  ),
  Origin: note('Origin', 'The origin of the primary. Optional: CCKM knows it.'),
  policytemplate: note('Policy template', `The id of a policy template in CCKM. ${policyChoice}`, '6f9d2c4e-eu'),
  key_admins: note('Key administrators', `IAM users. ${principals}`, ['alice']),
  key_admins_roles: note('Key administrators, roles', `IAM roles. ${principals}`, ['kms-admins']),
  key_users: note('Key users', `IAM users. ${principals}`, ['bob']),
  key_users_roles: note('Key users, roles', `IAM roles. ${principals}`, ['payments-app']),
  principal: note('Name', 'The name of an IAM user or role in the account of the key.', 'payments-app'),
  external_accounts: note('Other accounts', `Accounts that may use the replica. ${principals}`, ['444455556666']),
  account: note('Account', 'An AWS account id, 12 digits in quotes.', '444455556666'),
} satisfies Record<string, Note>;
