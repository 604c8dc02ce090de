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
    'Wait: the lane slows down by itself. Raise the quota in AWS, then set it on the lane, if this goes on.',
    alias,
  ),
  kms_internal: rule('retry', 'KMS failed inside.', 'Wait; look at the AWS Health Dashboard if it goes on.', laneDown),
  dependency_timeout: rule(
    'retry',
    'KMS timed out inside.',
    'Wait; look at the AWS Health Dashboard if it goes on.',
    laneDown,
  ),
  key_creating: rule('retry_briefly', 'The key is still being created.', 'Wait.', { ...passingState, ...alias }),
  key_updating: rule('retry_briefly', 'The key is being promoted or updated.', 'Wait.', { ...passingState, ...alias }),
  malformed_policy: rule(
    'retry_briefly',
    'KMS does not take the key policy.',
    'A principal that was just created becomes visible within two minutes; otherwise mend the policy and retry.',
    { windowMs: 120_000 },
  ),
  not_primary: rule(
    'retry_briefly',
    'The key is not a multi-Region primary.',
    'After a promotion nothing: the set is read again and its primary of now is called. Otherwise name the primary of its set.',
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
    'AWS refused a request that was signed too long ago or too far ahead.',
    'Correct the clock of the CipherTrust Manager (NTP): AWS accepts 5 minutes of difference for a signature, and 15 minutes for a request. Then retry.',
    alias,
  ),
  // AWS, to be settled by reading.
  kms_unreachable: rule(
    'reconcile',
    'CCKM got no answer from AWS in this Region.',
    'Wait: calls resume by themselves once the Region answers, and no attempt is used up. If it continues, check the AWS Health Dashboard, and DNS, proxy and firewall between the CipherTrust Manager and the KMS endpoint of the Region.',
    { ...laneDown, burnsAttempt: false },
  ),
  already_exists: rule(
    'reconcile',
    'There is a related key or alias in the Region.',
    'Look at the replica that is there. If CCKM does not list it, synchronise this account and Region in CCKM, then retry.',
  ),
  alias_taken: rule(
    'reconcile',
    'The alias is taken in this Region.',
    'Give the replica another alias, or free that one, then retry.',
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
    'The state of the key forbids it.',
    'Look at the key state, mend it, then retry.',
    alias,
  ),
  key_not_found: rule(
    'final',
    'KMS does not know the key.',
    'Synchronise the key in CCKM; it may have been deleted.',
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
  invalid_arn: rule('final', 'KMS does not take an ARN.', 'Correct the ARN in the plan.'),
  invalid_tag: rule('final', 'KMS does not take a tag.', 'Correct the tags in the plan.'),
  invalid_alias: rule('final', 'KMS does not take the alias.', 'Correct the alias in the plan.', alias),
  validation: rule('final', 'AWS does not take a value.', 'Correct the value that the message names.', alias),
  access_denied: rule(
    'final',
    'AWS denies it.',
    'Allow kms:ReplicateKey on the primary and kms:CreateKey (and kms:TagResource) in the Region, for a promotion kms:UpdatePrimaryRegion on both keys; check that the Region is enabled and no SCP forbids it. keyferry permissions prints the statements.',
    alias,
  ),
  aws_credentials: rule(
    'final',
    'AWS does not take the credentials of the CCKM connection.',
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
    'The material is not that of the primary.',
    'Import the material of the same source key as the primary has.',
  ),
  import_token_expired: rule('retry', 'The import token had expired.', 'Wait.'),
  material_present: rule(
    'reconcile',
    'The replica has its key material already.',
    'Nothing: CCKM is asked for its state.',
  ),
  import_source_unknown: rule(
    'final',
    'CCKM does not know the source of the material.',
    'Import the material into the replica by hand.',
  ),
  // CCKM itself.
  rate_limited: rule('retry', 'CCKM asks to slow down.', 'Wait.', { burnsAttempt: false, outage: 'lane' }),
  cckm_unauthorized: rule(
    'retry',
    'CCKM refused the token twice.',
    'Check that the user of CCKM_USERNAME may still log in.',
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
    'The login to CCKM does not answer.',
    'Wait; look at the CipherTrust Manager if it goes on.',
    outage,
  ),
  cckm_forbidden: rule(
    'final',
    'The CCKM user may not do this.',
    `Give it the ACLs ${cckmAcls.map(({ acl }) => acl).join(', ')} on this KMS container, then retry. keyferry permissions lists them.`,
    alias,
  ),
  cckm_not_found: rule('final', 'CCKM does not know the key.', 'Check the key id and CCKM_DOMAIN.'),
  cckm_bad_request: rule(
    'final',
    'CCKM rejected a parameter of the request.',
    'Read the message; correct the plan.',
    alias,
  ),
  cckm_conflict: rule(
    'reconcile',
    'CCKM says that it conflicts with what is there.',
    'Look at the replica that is there.',
  ),
  cckm_internal: rule(
    'reconcile',
    'CCKM failed inside.',
    'Wait; look at the log of the CipherTrust Manager if it goes on.',
    laneDown,
  ),
  cckm_unavailable: rule(
    'reconcile',
    'CCKM is not available.',
    'Wait; look at the CipherTrust Manager and its load balancer if it goes on.',
    { ...landed, outage: 'cckm' },
  ),
  unreadable_answer: rule(
    'reconcile',
    'The answer cannot be read.',
    'Look at what stands between Keyferry and CCKM: a proxy may have answered.',
    laneDown,
  ),
  // The network.
  not_sent: rule('retry', 'The call was not sent in its slot.', 'Nothing: it gets another slot.', unreached),
  connection_refused: rule(
    'retry',
    'CCKM cannot be reached.',
    'Check CCKM_URL, the network, and the certificate.',
    outage,
  ),
  connection_lost: rule(
    'reconcile',
    'The connection was lost before the answer.',
    'Nothing: CCKM is asked whether the call landed.',
    { ...landed, outage: 'cckm' },
  ),
  call_timeout: rule('reconcile', 'CCKM did not answer in time.', 'Nothing: CCKM is asked whether the call landed.', {
    ...landed,
    outage: 'cckm',
  }),
  lease_expired: rule(
    'reconcile',
    'The worker went away during the call.',
    'Nothing: CCKM is asked whether the call landed.',
    landed,
  ),
  unknown: rule(
    'reconcile',
    'An error that Keyferry does not know, and that does not prove a refusal.',
    'Read the message; fix the cause it names, then retry. Report the message as an issue of Keyferry.',
    landed,
  ),
  // Found out before or after any call.
  unknown_key: rule(
    'final',
    'CCKM lists no such key.',
    'Check the key and CCKM_DOMAIN; synchronise its account in CCKM if it is new.',
  ),
  out_of_scope: rule(
    'final',
    'The key or the Region is outside the scope that the plan was submitted in.',
    'Check the name of the key. Where it is meant, submit a new plan with a token whose scope has its account and the Region.',
  ),
  not_as_resolved: rule(
    'final',
    'The plan or the row is not what was submitted and resolved: somebody has changed it in the database.',
    'Find out who wrote to the database past Keyferry. Then submit the plan anew.',
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
  same_region: rule('final', "The Region is the primary's own.", 'Leave this Region out for this key.'),
  other_partition: rule('final', 'The Region is in another AWS partition.', 'Leave this Region out for this key.'),
  unknown_region: rule(
    'final',
    'Keyferry does not know the Region.',
    'Check its name; a new AWS Region needs a newer Keyferry.',
  ),
  region_not_enabled: rule(
    'final',
    'CCKM does not manage the Region for this account.',
    'Enable the Region in the account where AWS asks for it, add it to a KMS container of the account in CCKM (or recover an archived one), then retry.',
  ),
  template_without_alias: rule(
    'final',
    'A template names {alias}, and the primary has none.',
    'Give the primary an alias, or the replica one of its own in an override, in a new plan.',
  ),
  alias_out_of_bounds: rule(
    'final',
    'The alias, once filled in, is none that KMS and CCKM take.',
    'Shorten or change the template, or give the replica an alias of its own in an override, in a new plan.',
  ),
  description_out_of_bounds: rule(
    'final',
    'The description, once filled in, is longer than KMS takes.',
    'Shorten the template in a new plan.',
  ),
  tags_out_of_bounds: rule(
    'final',
    'The tags, once filled in, are more than KMS takes, or one is none that KMS and CCKM take.',
    "Leave tags out or change them in a new plan, or ignore the primary's with `ignore_tags`; a policy template adds one of its own.",
  ),
  policy_out_of_bounds: rule(
    'final',
    'The key policy, once filled in, is larger than KMS takes or holds other characters.',
    'Shorten or change the policy in a new plan.',
  ),
  primary_settings_unknown: rule(
    'final',
    "CCKM does not show the primary's settings that the replica is to have.",
    'Refresh the primary in CCKM, then make a new plan.',
  ),
  origin_mismatch: rule(
    'final',
    'The plan states an origin that the key does not have.',
    'Leave aws_param.Origin out of the plan, or correct it, in a new plan: a replica has the origin of its primary.',
  ),
  key_quota_exceeded: rule(
    'final',
    'The account would have more keys in the Region than KMS allows.',
    'Delete keys there, or raise the quota in AWS and KEYFERRY_QUOTA_KEYS, then retry.',
  ),
  replica_pending_deletion: rule(
    'final',
    'The replica in this Region is pending deletion and holds its place.',
    'Cancel its deletion in CCKM and enable it, or wait until it is deleted, then retry.',
  ),
  replica_differs: rule(
    'final',
    'The replica is usable but differs from the request.',
    'Fix the cause that the message names (allow kms:CreateAlias, raise the alias quota, free the alias), or set the field in CCKM, then retry: the replica is read again, and only a missing alias is made. The `diff` of the replica lists the fields.',
  ),
  replica_missing: rule(
    'final',
    'There is no replica in the Region that could become the primary.',
    'Replicate the key into the Region first (synchronise it in CCKM where AWS has it already), then retry.',
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
    'The plan names several Regions for the primary of this key.',
    'Name one Region for each key, in a new plan.',
  ),
  promotion_not_ready: rule(
    'retry_briefly',
    'The set is not ready for its promotion.',
    'Wait: CCKM is asked again. Where its records stay old, refresh or synchronise the key in CCKM.',
    { ...passingState, sent: false },
  ),
  promotion_timeout: rule(
    'final',
    'Not every member of the set has confirmed the promotion in time.',
    'Look at the keys in both Regions in AWS, and call nothing while one is Updating: what it became is seen then. Synchronise both Regions in CCKM; retry goes on from what is there.',
  ),
  outcome_not_stored: rule(
    'final',
    'Postgres refused to store the outcome of a call.',
    'Read the log of the workers, fix the cause, then retry: CCKM is asked for the replica before any call.',
  ),
  material_missing: rule(
    'final',
    'The replica is there without key material, although it was imported.',
    'Check in CCKM why the import does not arrive: the source key, and kms:GetParametersForImport and kms:ImportKeyMaterial on the replica. Then retry: it goes on from what is there.',
  ),
  verify_timeout: rule(
    'final',
    'The replica was accepted but did not become usable in time.',
    'Look at it in CCKM and AWS; retry goes on from what is there.',
  ),
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof errorCatalogue;

/** The rule of a code, typed as such. */
export function errorRule(code: ErrorCode): ErrorRule {
  return errorCatalogue[code];
}
