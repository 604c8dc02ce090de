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
  'Give one of aws_param.Policy, policytemplate, the lists of admins and users, or `same_as_primary: [policy]`; none means the KMS default policy.';

/** The fields of a plan. */
export const planNotes = {
  name: note('Name', 'What people call the plan in lists and reports. It need not be unique.', 'dr-2026-q4'),
  operation: note(
    'Operation',
    'replicate: makes a replica of each key in each of `regions`. promote: makes the Region that is named the primary’s Region of each key, where a replica must be; it takes two approvers and neither `replica` nor `overrides`.',
  ),
  mode: note(
    'Mode',
    'execute: runs once it is resolved. preview: resolves and checks every key × Region, then waits for `keyferry plan execute`; nothing is created before.',
  ),
  keys: note(
    'Keys by name',
    'The primaries to replicate, each by CCKM key id, mrk- id, ARN or alias. Give this or `selector`. A key that is named twice gets its replicas once.',
    ['mrk-1234567890abcdef1234567890abcdef'],
  ),
  key: note(
    'Key',
    'The primary: its CCKM key id (a UUID), its AWS multi-Region key id (mrk-…), its KMS key ARN, or an alias (alias/…, or its ARN). An alias that several primaries have is blocked, not guessed: name its ARN then.',
    'mrk-1234567890abcdef1234567890abcdef',
    'arn:aws:kms:us-east-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef',
    '0f3e9d5c-1234-4abc-9def-0123456789ab',
    'alias/prod-payments',
  ),
  selector: note(
    'Keys by what they are',
    'Takes every multi-Region primary that CCKM lists and that fits all of the fields given here, when the plan is resolved. Give this or `keys`; preview such a plan before you run it.',
    { alias: 'alias/prod-*', tags: { tier: '1' } },
  ),
  regions: note(
    'Regions',
    'Where each key is to have a replica; all in one AWS partition. With `region_order: sequential` this is the order.',
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
  regionOfList: { ...note('Region', 'An AWS Region; groups stand in `regions` only.', 'us-west-2'), ...known },
  account_regions: note('Regions by account', 'Accounts whose keys go into other Regions than `regions`.', {
    '111122223333': ['eu-central-1'],
  }),
  region_groups: note(
    'Region groups',
    'What the groups in `regions` stood for when the plan was submitted. Keyferry writes it; leave it out.',
  ),
  replica: note(
    'Replica settings',
    'Sent to CCKM for every replica of the plan, named as its replicate-key names them. KMS copies neither tags, alias, description nor policy of the primary: what is not set here stays empty, or is the KMS default policy.',
  ),
  overrides: note(
    'Exceptions',
    'Laid over `replica` in this order, where key and Region match. Fields of aws_param are replaced one by one; another way to set the policy puts away the one before.',
    [{ region: 'eu-west-1', replica: { policytemplate: '6f9d2c4e-eu-replicas' } }],
  ),
  overrideKey: note(
    'Only this key',
    'A key as in `keys`; left out, the override counts for every key.',
    'mrk-1234567890abcdef1234567890abcdef',
  ),
  overrideRegion: {
    ...note(
      'Only this Region',
      'One of the plan’s Regions; left out, the override counts for every Region.',
      'eu-west-1',
    ),
    ...known,
  },
  overrideReplica: note('Settings instead', 'What differs from `replica` here; as CCKM names it.'),
  options: note('How to run', 'Order, pace, and when to stop. Every field has a default.'),
} satisfies Record<string, Note>;

/** The fields of `selector`. */
export const selectorNotes = {
  alias: note(
    'Alias',
    'With "*" for any characters, from the beginning to the end of the alias.',
    'alias/prod-*',
    'alias/payments-settlement',
  ),
  tags: note(
    'Tags',
    'Every one of these tags with exactly this value. Values are text: write "1", not 1.',
    { tier: '1' },
    { 'data-class': 'confidential' },
  ),
  tag: note('Tag value', 'Exactly this value, as text: "1", not 1.', '1'),
  account: note('Account', 'The AWS account id of the key, 12 digits in quotes.', '111122223333'),
  region: { ...note('Primary’s Region', 'Only keys whose primary is in this Region.', 'us-east-1'), ...known },
  origin: note('Origin', 'AWS_KMS: the material was made in KMS. EXTERNAL: it was imported (BYOK).'),
  policy_template: note('Policy template', 'Id of the CCKM policy template that the key was made with.', '6f9d2c4e-eu'),
  missing_in: note(
    'Missing in',
    'Keys that lack a replica in at least one of these Regions, or of the Regions of these groups.',
    ['eu-west-1'],
  ),
} satisfies Record<string, Note>;

/** The fields of `options`. */
export const optionNotes = {
  priority: note('Priority', '0 to 100; of plans that want the same quota the higher goes first.', 0, 50, 100),
  max_in_flight: note(
    'Calls under way',
    'Calls of this plan that may be under way at once; replicas being watched do not count. The AWS quotas hold in any case.',
    50,
  ),
  failure_tolerance: note(
    'Failure tolerance',
    'More failed replicas than this and the plan goes to `halted`: it starts nothing new until a person resumes or cancels it. Left out, it goes on to its end.',
    { count: 10 },
    { percent: 5 },
  ),
  count: note('Failed replicas', 'So many may fail; one more halts the plan. 0 halts it at the first.', 10),
  percent: note('Failed replicas, percent', 'So much of all replicas of the plan may fail; more halts it.', 5),
  region_order: note(
    'Order of Regions',
    'parallel: all Regions at once. sequential: one after another in the order of `regions`; the next begins when the one before has ended.',
  ),
  max_attempts: note('Attempts', 'replicate-key calls for one replica before it counts as failed.', 8),
  import_material: note(
    'Import key material',
    'EXTERNAL keys only. true: the material of the primary is imported into the replica from its source in CipherTrust, also into one that was there without it. false: the replica is made and stays PendingImport until you import it.',
  ),
  replicas_as_primary: note(
    'Replicas stand for their primary',
    'true: a key that turns out to be a replica stands for its primary. false: it is blocked, and the primary is named.',
  ),
  follow_rotation: note(
    'Follow rotations',
    'A key that CCKM has rotated into another AWS key (its `rotated_to`) stands for the newest of them. Otherwise the key that is named is replicated, with the warning `rotated_away`.',
  ),
  require_approval: note(
    'Approval',
    'true: the plan does not start until people other than its submitter have approved it, with `keyferry plan approve`. A promotion always needs that: left out, it is true there.',
  ),
  approvals: note(
    'Approvals',
    'How many different approvers it takes, with `require_approval: true`. A promotion takes at least 2, which is what it has when this is left out.',
    1,
    2,
  ),
  start_at: note(
    'Not before',
    'The plan starts at this time, with its offset; null or left out: at once.',
    '2026-12-06T01:00:00Z',
    '2026-12-06T02:00:00+01:00',
  ),
  change_ticket: note('Change ticket', 'Kept with the plan for the record; Keyferry does not look it up.', 'CHG-1234'),
  windows: note(
    'Maintenance windows',
    'Replicas are begun while one of these is open, and at no other time; what is in flight then is finished. Left out or empty: at any time.',
    [{ days: ['sat', 'sun'], from: '22:00', to: '06:00', time_zone: 'Europe/Berlin' }],
  ),
  ignore_tags: note(
    'Ignored tags',
    'Patterns of tag keys, "*" for any characters: such tags are neither compared nor copied from the primary. `aws:*` and the patterns of KEYFERRY_IGNORE_TAGS always are among them.',
    ['c7n-*'],
  ),
  exact_tags: note(
    'Exact tags',
    'true: a tag of a replica that the plan does not name is a difference too. Left out or false: tags that an organisation adds are none.',
    false,
  ),
  skip_same_region: note(
    "Skip the primary's Region",
    "true: where a Region is a primary's own, its pair is skipped and counted as already present, with a warning. Left out or false: it is blocked (`same_region`).",
    true,
  ),
} satisfies Record<string, Note>;

/** The fields of a maintenance window. */
export const windowNotes = {
  days: note('Days', 'The days on which it opens; past midnight it stays open into the next day.', ['sat', 'sun']),
  from: note('From', 'When it opens, by the clock of `time_zone`, in quotes.', '22:00'),
  to: note(
    'To',
    'When it closes, in quotes; at or before `from` it is a time of the next day. "24:00" is midnight.',
    '06:00',
  ),
  time_zone: note('Time zone', 'An IANA time zone; daylight saving is followed.', 'Europe/Berlin', 'UTC'),
} satisfies Record<string, Note>;

/** The fields of a replica block. */
export const replicaNotes = {
  same_as_primary: note(
    'Same as the primary',
    'Settings that the replica gets as the primary has them when the plan is resolved: of policy, tags, alias and description. Each excludes setting the same in another way. Of aliases the replica gets each that CCKM’s rotation has not left behind; tags of `ignore_tags` are not copied.',
    ['policy', 'tags', 'alias', 'description'],
  ),
  aws_param: note('AWS settings', 'What KMS sets on the replica itself.'),
  Alias: note(
    'Alias',
    'Of the replica in its Region, without "alias/". An alias is taken once for each account and Region, so for many keys it holds {alias} (the primary’s own), and may hold {region}, {account} and {primary_region}.',
    '{alias}-dr',
    'payments-settlement',
  ),
  Description: note(
    'Description',
    'At most 8192 characters; {alias}, {region}, {account} and {primary_region} are filled in. No secrets: everyone with DescribeKey reads it.',
    'Disaster recovery of {alias}',
  ),
  Tags: note(
    'Tags',
    'At most 50. They replace those of a block below them as a whole. Keys and values may hold the placeholders.',
    [{ TagKey: 'managed-by', TagValue: 'keyferry' }],
  ),
  TagKey: note('Tag key', '1 to 128 characters, not beginning with "aws:".', 'managed-by'),
  TagValue: note('Tag value', 'At most 256 letters, digits and _ . / = + - @; CCKM takes no spaces.', 'keyferry'),
  Policy: note(
    'Key policy',
    `A policy document of at most 32768 bytes as JSON. {alias}, {region}, {account} and {primary_region} are filled in wherever they stand in it; IAM’s variables (\${aws:…}) stay. ${policyChoice}`,
    {
      Version: '2012-10-17',
      Statement: [],
    },
  ),
  BypassPolicyLockoutSafetyCheck: note(
    'Skip the lockout check',
    'true lets KMS take a policy that locks the caller out of the key. Leave it out unless you mean that.',
  ),
  Origin: note('Origin', 'As the primary has it; CCKM knows it, so it can be left out.'),
  policytemplate: note('Policy template', `The id of a policy template in CCKM. ${policyChoice}`, '6f9d2c4e-eu'),
  key_admins: note('Key administrators', `IAM users. ${principals}`, ['alice']),
  key_admins_roles: note('Key administrators, roles', `IAM roles. ${principals}`, ['kms-admins']),
  key_users: note('Key users', `IAM users. ${principals}`, ['bob']),
  key_users_roles: note('Key users, roles', `IAM roles. ${principals}`, ['payments-app']),
  principal: note('Name', 'The name of an IAM user or role in the account of the key.', 'payments-app'),
  external_accounts: note('Other accounts', `Accounts that may use the replica. ${principals}`, ['444455556666']),
  account: note('Account', 'An AWS account id, 12 digits in quotes.', '444455556666'),
} satisfies Record<string, Note>;
