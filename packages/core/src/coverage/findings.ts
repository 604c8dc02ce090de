import type { CoverageState } from './states.ts';

interface Finding {
  readonly state: CoverageState;
  /** What a person does about it. */
  readonly advice: string;
}

const synchronise = 'Synchronise the account and Region in CCKM, then check again.';

/** Everything that a check can find of one key × Region, once. docs/how-to/coverage.md tells of each. */
export const coverageFindings = {
  covered: { state: 'covered', advice: '' },

  unknown_key: {
    state: 'unknown',
    advice: `Check the name in the policy and the domain of Keyferry's user. ${synchronise}`,
  },
  ambiguous_alias: { state: 'unknown', advice: 'Name the key by its CCKM id or its ARN.' },
  containers_unknown: {
    state: 'unknown',
    advice:
      "Grant Keyferry's user access to the account's KMS container in CCKM: without it, the Regions that CCKM manages are unknown.",
  },
  region_not_managed: {
    state: 'unknown',
    advice: "Add the Region to the account's KMS container in CCKM: until then CCKM lists no keys of the Region.",
  },
  gone: {
    state: 'unknown',
    advice: `Check that the Region is in the account's KMS container and the key is in AWS. ${synchronise}`,
  },
  not_listed: { state: 'unknown', advice: synchronise },
  primary_unknown: { state: 'unknown', advice: `Check that CCKM lists the primary of the set. ${synchronise}` },
  several_records: {
    state: 'unknown',
    advice: 'Remove the stale records from CCKM, then check again.',
  },
  record_incomplete: { state: 'unknown', advice: 'Refresh the key in CCKM, then check again.' },
  still_changing: { state: 'unknown', advice: 'Check again in a few minutes. If it continues, check the key in AWS.' },
  state_unknown: { state: 'unknown', advice: 'Refresh the key in CCKM and check it in AWS.' },
  material_unproven: {
    state: 'unknown',
    advice: "Check the key's rotations in CCKM and its state in AWS. If its material is missing, import it again.",
  },
  expiry_unknown: {
    state: 'unknown',
    advice: 'Check in AWS when its material expires, and refresh the key in CCKM.',
  },
  policy_unknown: { state: 'unknown', advice: 'Refresh the key in CCKM, then check again.' },
  not_confirmed: {
    state: 'unknown',
    advice: 'Check again once the key no longer changes. If it continues, refresh the key in CCKM.',
  },
  material_differs: {
    state: 'unknown',
    advice:
      'A rotation may not have reached the Region yet: check again in a few minutes, then check both keys in AWS.',
  },

  no_replica: { state: 'missing', advice: 'Close the gap with `keyferry coverage close`, or with a plan.' },
  not_multi_region: {
    state: 'missing',
    advice: 'It cannot be replicated: replace it by a multi-Region key, or remove it from the policy.',
  },
  other_partition: {
    state: 'missing',
    advice: 'A key cannot be replicated across AWS partitions: correct the policy.',
  },

  pending_deletion: {
    state: 'pending_deletion',
    advice: 'Cancel its deletion in CCKM and enable it before AWS deletes it.',
  },
  pending_import: { state: 'pending_import', advice: 'Import the same key material into it in CCKM.' },
  material_missing: {
    state: 'pending_import',
    advice: 'Import the missing material of the primary in CCKM, oldest first.',
  },
  disabled: { state: 'disabled', advice: 'If it is needed, enable it in CCKM.' },
  material_expires: { state: 'expiring', advice: 'Import its material again with a later expiry.' },
  material_expired: { state: 'expiring', advice: 'Import its material again now, with a later expiry.' },
  differs: { state: 'drifted', advice: 'See `diff`, then correct the key in CCKM or the policy.' },
} as const satisfies Record<string, Finding>;

export type CoverageCode = keyof typeof coverageFindings;
