import { cckmAcls } from '../permissions/cckm-acls.ts';

/**
 * Every way in which a replica can fail, once: what it means, whether it may be tried again, and what a person does about
 * it. Sources: KMS API reference (ReplicateKey, CreateKey, ImportKeyMaterial), KMS developer guide (key states,
 * throttling), CCKM contract section 3.4.
 */
export type Verdict =
  /** Tried again with growing pauses until the attempts are used up. */
  | 'retry'
  /** Tried again for `windowMs` from when it was first seen, then final. */
  | 'retry_briefly'
  /** Trying again would fail again. */
  | 'final'
  /** CCKM is asked what is there before anything else. */
  | 'reconcile';

export interface ErrorRule {
  readonly title: string;
  readonly verdict: Verdict;
  /** Without better knowledge of the circumstances: may KMS have done the work? */
  readonly mayHaveLanded: boolean;
  /** The call left: it is one of the replica's attempts. */
  readonly sent: boolean;
  /** Counts against `max_attempts`. What certainly never left does not, nor what has a window of time of its own. */
  readonly burnsAttempt: boolean;
  /** May come from CreateAlias, CCKM's second call to AWS for a replica with an alias: the replica is there then. */
  readonly fromAlias: boolean;
  /** What a run of such failures says to be down: CCKM itself or the login to it, or at least this lane. */
  readonly outage: 'none' | 'lane' | 'cckm';
  /** `retry_briefly`: how long. */
  readonly windowMs: number;
  readonly operatorAdvice: string;
}

const rule = (verdict: Verdict, title: string, operatorAdvice: string, extra: Partial<ErrorRule> = {}): ErrorRule => ({
  title,
  verdict,
  mayHaveLanded: false,
  sent: true,
  burnsAttempt: verdict !== 'retry_briefly',
  fromAlias: false,
  outage: 'none',
  windowMs: 0,
  operatorAdvice,
  ...extra,
});

const landed = { mayHaveLanded: true } as const;
/** As `landed`; a run of them says that the Region, or the way to it, is down. */
const laneDown = { mayHaveLanded: true, outage: 'lane' } as const;
/** The call certainly never left. */
const unreached = { sent: false, burnsAttempt: false } as const;
/** CCKM or its login is down, and the call never left. */
const outage = { ...unreached, outage: 'cckm' } as const;
const alias = { fromAlias: true } as const;
/** A primary may take as long to be created or promoted as a replica may take to become usable. */
const passingState = { windowMs: 20 * 60_000 } as const;

export const errorCatalogue = {
  // AWS, passing by itself.
  throttled: rule(
    'retry',
    'AWS throttled the call.',
    'Wait: the lane backs off and recovers automatically. If throttling continues, raise the quota in AWS, then set it on the lane.',
    alias,
  ),
  kms_internal: rule(
    'retry',
    'KMS reported an internal error.',
    'Wait: the call is retried. If it continues, check the AWS Health Dashboard.',
    laneDown,
  ),
  dependency_timeout: rule(
    'retry',
    'KMS timed out on one of its own dependencies.',
    'Wait: the call is retried. If it continues, check the AWS Health Dashboard.',
    laneDown,
  ),
  key_creating: rule('retry_briefly', 'The key is still being created.', 'Wait.', { ...passingState, ...alias }),
  key_updating: rule('retry_briefly', 'The key is being promoted or updated.', 'Wait.', { ...passingState, ...alias }),
  malformed_policy: rule(
    'retry_briefly',
    'KMS rejected the key policy.',
    'Wait two minutes if a principal in it is new: the call is retried. Otherwise fix the policy, then retry.',
    { windowMs: 120_000 },
  ),
  not_primary: rule(
    'retry_briefly',
    'The key is not a multi-Region primary.',
    'After a promotion, wait: the set is read again and its current primary is called. Otherwise name the primary of the set in the plan.',
    { windowMs: 180_000 },
  ),
  kms_conflict: rule(
    'retry_briefly',
    'KMS refused the call because another operation on the key is in progress.',
    'Wait: the call is retried for 30 minutes. An automatic rotation that is about to start blocks a key for up to 20 minutes.',
    { windowMs: 30 * 60_000, ...alias },
  ),
  aws_request_expired: rule(
    'retry',
    'AWS rejected the signature of the request as expired or not yet valid.',
    'Correct the clock of the CipherTrust Manager (NTP): AWS accepts 5 minutes of difference for a signature, and 15 minutes for a request. Then retry.',
    alias,
  ),
  // AWS, to be resolved by reading.
  kms_unreachable: rule(
    'reconcile',
    'CCKM got no answer from AWS in this Region.',
    'Wait: calls resume automatically once the Region answers, and no attempt is used up. If it continues, check the AWS Health Dashboard, and DNS, proxy and firewall between the CipherTrust Manager and the KMS endpoint of the Region.',
    { ...laneDown, burnsAttempt: false },
  ),
  already_exists: rule(
    'reconcile',
    'A related key or alias already exists in the Region.',
    'Check the existing replica. If CCKM does not list it, synchronise this account and Region in CCKM, then retry.',
  ),
  alias_taken: rule(
    'reconcile',
    'The alias is already in use in this Region.',
    'Use another alias, or free this one, then retry.',
    landed,
  ),
  // AWS, final.
  key_disabled: rule('final', 'The primary is disabled.', 'Enable the primary, then retry.'),
  key_pending_deletion: rule(
    'final',
    'The primary is pending deletion.',
    'Cancel its deletion and enable it, then retry.',
  ),
  key_pending_import: rule('final', 'The primary has no key material.', 'Import its material, then retry.'),
  invalid_state: rule(
    'final',
    'The key is in a state that does not allow the operation.',
    'Check the key state, fix it, then retry.',
    alias,
  ),
  key_not_found: rule(
    'final',
    'KMS found no such key.',
    'Synchronise the key in CCKM: it may have been deleted.',
    alias,
  ),
  unsupported_operation: rule(
    'final',
    'KMS does not support this for the key or the Region.',
    'Check that the key is a multi-Region primary and that the Region offers its key spec.',
  ),
  limit_exceeded: rule(
    'final',
    'A KMS resource quota or length limit is reached.',
    'Raise the quota of keys in that Region, or shorten policy, tags or aliases, then retry.',
    alias,
  ),
  invalid_arn: rule('final', 'KMS rejected an ARN as invalid.', 'Correct the ARN in the plan.'),
  invalid_tag: rule('final', 'KMS rejected a tag as invalid.', 'Correct the tags in the plan.'),
  invalid_alias: rule('final', 'KMS rejected the alias as invalid.', 'Correct the alias in the plan.', alias),
  validation: rule('final', 'AWS rejected a value as invalid.', 'Correct the value that the message names.', alias),
  access_denied: rule(
    'final',
    'AWS denied access.',
    'Allow kms:ReplicateKey on the primary and kms:CreateKey (and kms:TagResource) in the Region, for a promotion kms:UpdatePrimaryRegion on both keys; check that the Region is enabled and no SCP forbids it. keyferry permissions prints the statements.',
    alias,
  ),
  aws_credentials: rule(
    'final',
    'AWS rejected the credentials of the CCKM connection.',
    'Fix the AWS connection in CipherTrust, then retry.',
    alias,
  ),
  aws_client_unrecognized: rule(
    'final',
    'AWS does not recognise the credentials of the CCKM connection in this Region.',
    'Check first that the Region is enabled in the account (opt-in Regions are not by default). If the call fails in every Region, fix the access key of the AWS connection in CipherTrust. Then retry.',
    alias,
  ),
  assume_role_denied: rule(
    'final',
    'AWS STS does not let the CCKM connection assume its role.',
    'Allow sts:AssumeRole on the role for the user of the AWS connection, and allow that user (with the external id of the KMS container) in the trust policy of the role. Then retry. keyferry permissions --assume-role prints the statement.',
    alias,
  ),
  incorrect_key_material: rule(
    'final',
    'The key material differs from that of the primary.',
    'Import the material of the source key that the primary uses.',
  ),
  import_token_expired: rule('retry', 'The import token expired.', 'Wait: the import is retried.'),
  material_present: rule(
    'reconcile',
    'The replica already has its key material.',
    'No action needed: its state is read from CCKM.',
  ),
  import_source_unknown: rule(
    'final',
    'CCKM does not know the source of the material.',
    'Import the material into the replica by hand.',
  ),
  // CCKM itself.
  rate_limited: rule('retry', 'CCKM rate limits the calls.', 'Wait: the call is retried.', {
    burnsAttempt: false,
    outage: 'lane',
  }),
  cckm_unauthorized: rule(
    'retry',
    'CCKM rejected the token twice.',
    'Check that the user in CCKM_USERNAME can still log in.',
    { burnsAttempt: false, outage: 'cckm' },
  ),
  cckm_login_refused: rule(
    'retry',
    'CCKM refused the login.',
    'Check CCKM_USERNAME, CCKM_PASSWORD, CCKM_AUTH_DOMAIN and CCKM_CONNECTION, and that the account is not locked in CipherTrust. The workers retry at intervals of up to two minutes, and read a changed password file at once; a changed variable needs a restart.',
    outage,
  ),
  cckm_login_unavailable: rule(
    'retry',
    'The CCKM login endpoint does not answer.',
    'Wait: the login is retried. If it continues, check the CipherTrust Manager.',
    outage,
  ),
  cckm_forbidden: rule(
    'final',
    'The CCKM user lacks permission.',
    `Grant it the ACLs ${cckmAcls.map(({ acl }) => acl).join(', ')} on this KMS container, then retry. keyferry permissions lists them.`,
    alias,
  ),
  cckm_not_found: rule('final', 'CCKM found no such key.', 'Check the key id and CCKM_DOMAIN.'),
  cckm_bad_request: rule(
    'final',
    'CCKM rejected a parameter of the request.',
    'Read the message, correct the plan, then submit it again.',
    alias,
  ),
  cckm_conflict: rule(
    'reconcile',
    'CCKM reported a conflict with an existing resource.',
    'Check the existing replica.',
  ),
  cckm_internal: rule(
    'reconcile',
    'CCKM reported an internal error.',
    'Wait. If it continues, check the log of the CipherTrust Manager.',
    laneDown,
  ),
  cckm_unavailable: rule(
    'reconcile',
    'CCKM is unavailable.',
    'Wait. If it continues, check the CipherTrust Manager and its load balancer.',
    { ...landed, outage: 'cckm' },
  ),
  unreadable_answer: rule(
    'reconcile',
    'The response could not be parsed.',
    'Check the network path to CCKM: a proxy may have answered.',
    laneDown,
  ),
  // The network.
  not_sent: rule('retry', 'The call was not sent in its slot.', 'No action needed: it gets another slot.', unreached),
  connection_refused: rule('retry', 'CCKM is unreachable.', 'Check CCKM_URL, the network and the certificate.', outage),
  connection_lost: rule(
    'reconcile',
    'The connection was lost before the response.',
    'No action needed: CCKM is asked whether the call landed.',
    { ...landed, outage: 'cckm' },
  ),
  call_timeout: rule(
    'reconcile',
    'CCKM did not answer in time.',
    'No action needed: CCKM is asked whether the call landed.',
    {
      ...landed,
      outage: 'cckm',
    },
  ),
  lease_expired: rule(
    'reconcile',
    'The worker was lost during the call.',
    'No action needed: CCKM is asked whether the call landed.',
    landed,
  ),
  unknown: rule(
    'reconcile',
    'Unknown error; the call may have landed.',
    'Read the message; fix the cause, then retry. Report the message as a Keyferry issue.',
    landed,
  ),
  // Found out before or after any call.
  unknown_key: rule(
    'final',
    'CCKM lists no such key.',
    'Check the key and CCKM_DOMAIN. If the key is new, synchronise its account in CCKM.',
  ),
  out_of_scope: rule(
    'final',
    'The key or the Region is outside the scope in which the plan was submitted.',
    'Check the name of the key. If it is right, submit a new plan with a token whose scope includes its account and the Region.',
  ),
  not_as_resolved: rule(
    'final',
    'The plan or the row was changed in the database after it was submitted and resolved.',
    'Find out who wrote to the database outside Keyferry, then submit a new plan.',
  ),
  ambiguous_alias: rule(
    'final',
    'The alias names several keys.',
    'Name the key by its id or ARN, or the alias by its ARN (arn:aws:kms:<Region>:<account>:alias/…).',
  ),
  not_multi_region: rule(
    'final',
    'The key is not multi-Region.',
    'Create a multi-Region key and re-encrypt: a single-Region key can never become one.',
  ),
  same_region: rule('final', "The Region is the primary's own.", 'Remove this Region from the plan for this key.'),
  other_partition: rule(
    'final',
    'The Region is in another AWS partition.',
    'Remove this Region from the plan for this key.',
  ),
  unknown_region: rule(
    'final',
    'Keyferry does not know the Region.',
    'Check its name. A new AWS Region needs a newer Keyferry release.',
  ),
  region_not_enabled: rule(
    'final',
    'CCKM does not manage the Region for this account.',
    'If the Region is opt-in, enable it in the account. Add it to a KMS container of the account in CCKM (or recover an archived one), then retry.',
  ),
  template_without_alias: rule(
    'final',
    'A template uses {alias}, but the primary has no alias.',
    'Create an alias for the primary, or set one for the replica in an override, in a new plan.',
  ),
  alias_out_of_bounds: rule(
    'final',
    'The rendered alias is not valid in KMS and CCKM.',
    'Shorten or change the template, or set an alias for the replica in an override, in a new plan.',
  ),
  description_out_of_bounds: rule(
    'final',
    'The rendered description is longer than KMS allows.',
    'Shorten the template in a new plan.',
  ),
  tags_out_of_bounds: rule(
    'final',
    'The rendered tags are more than KMS allows, or one is not valid in KMS and CCKM.',
    "Remove or change tags in a new plan, or ignore the primary's with `ignore_tags`; a policy template adds one tag.",
  ),
  policy_out_of_bounds: rule(
    'final',
    'The rendered key policy is larger than KMS allows or contains invalid characters.',
    'Shorten or change the policy in a new plan.',
  ),
  primary_settings_unknown: rule(
    'final',
    "CCKM does not show the primary's settings to copy to the replica.",
    'Refresh the primary in CCKM, then submit a new plan.',
  ),
  origin_mismatch: rule(
    'final',
    'The origin in the plan differs from that of the key.',
    'Remove or correct aws_param.Origin in a new plan: a replica has the origin of its primary.',
  ),
  key_quota_exceeded: rule(
    'final',
    'The plan would exceed the KMS key quota of the account in the Region.',
    'Delete keys there, or raise the quota in AWS and KEYFERRY_QUOTA_KEYS, then retry.',
  ),
  replica_pending_deletion: rule(
    'final',
    'The replica in this Region is pending deletion and blocks a new one.',
    'Cancel its deletion in CCKM and enable it, or wait until it is deleted, then retry.',
  ),
  replica_differs: rule(
    'final',
    'The replica is usable but differs from the request.',
    'Fix the cause that the message names (allow kms:CreateAlias, raise the alias quota, free the alias), or set the field in CCKM, then retry: the replica is read again, and only a missing alias is made. The `diff` of the replica lists the fields.',
  ),
  replica_missing: rule(
    'final',
    'The Region has no replica to promote.',
    'Replicate the key into the Region first (if AWS already has it, synchronise it in CCKM), then retry.',
  ),
  replica_not_usable: rule(
    'final',
    'The replica in the Region is not Enabled.',
    'Enable it, or import its material, in CCKM, then retry.',
  ),
  primary_unknown: rule(
    'final',
    'CCKM lists no primary of the set.',
    "Add the primary's Region to a KMS container of the account and synchronise it in CCKM, then retry.",
  ),
  promotion_conflict: rule(
    'final',
    'The plan promotes this key in several Regions.',
    'Name one Region for each key, in a new plan.',
  ),
  promotion_not_ready: rule(
    'retry_briefly',
    'The set is not ready for its promotion.',
    'Wait: CCKM is asked again. If its records stay stale, refresh or synchronise the key in CCKM.',
    { ...passingState, sent: false },
  ),
  promotion_timeout: rule(
    'final',
    'Not every member of the set confirmed the promotion in time.',
    'Check the keys in both Regions in AWS, and wait until none is Updating. Synchronise both Regions in CCKM, then retry: it continues from the current state.',
  ),
  outcome_not_stored: rule(
    'final',
    'Postgres refused to store the outcome of a call.',
    'Read the log of the workers, fix the cause, then retry: CCKM is asked for the replica before any call.',
  ),
  material_missing: rule(
    'final',
    'The replica has no key material, although an import was requested.',
    'Check in CCKM why the import failed: the source key, and kms:GetParametersForImport and kms:ImportKeyMaterial on the replica. Then retry: it continues from the current state.',
  ),
  verify_timeout: rule(
    'final',
    'The replica was accepted but did not become usable in time.',
    'Check it in CCKM and AWS, then retry: it continues from the current state.',
  ),
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof errorCatalogue;

/** The cause is the key itself: its state, its material, its settings, or how the plan names it. It is the same in every Region. */
export const keyErrorCodes: readonly ErrorCode[] = [
  'key_disabled',
  'key_pending_deletion',
  'key_pending_import',
  'invalid_state',
  'key_not_found',
  'incorrect_key_material',
  'import_source_unknown',
  'cckm_not_found',
  'unknown_key',
  'ambiguous_alias',
  'not_multi_region',
  'template_without_alias',
  'primary_settings_unknown',
  'origin_mismatch',
  'primary_unknown',
  'promotion_conflict',
];

/** The rule of a code, typed as such. */
export function errorRule(code: ErrorCode): ErrorRule {
  return errorCatalogue[code];
}
