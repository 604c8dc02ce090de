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
    advice: `Check how the policy names it and the domain of Keyferry's user. ${synchronise}`,
  },
  ambiguous_alias: { state: 'unknown', advice: 'Name the key by its CCKM id or its ARN.' },
  containers_unknown: {
    state: 'unknown',
    advice:
      "Let Keyferry's user see the account's KMS container in CCKM: without it nobody can say what CCKM looks at.",
  },
  region_not_managed: {
    state: 'unknown',
    advice: "Add the Region to the account's KMS container in CCKM: until then CCKM sees nothing there.",
  },
  gone: {
    state: 'unknown',
    advice: `Look whether the Region is in the account's KMS container and the key in AWS. ${synchronise}`,
  },
  not_listed: { state: 'unknown', advice: synchronise },
  primary_unknown: { state: 'unknown', advice: `See that CCKM lists the primary of the set. ${synchronise}` },
  several_records: {
    state: 'unknown',
    advice: 'Take away the records in CCKM that are not the key, then check again.',
  },
  record_incomplete: { state: 'unknown', advice: 'Refresh the key in CCKM, then check again.' },
  still_changing: { state: 'unknown', advice: 'Check again in some minutes; if it stays so, look at the key in AWS.' },
  state_unknown: { state: 'unknown', advice: 'Refresh the key in CCKM and look at it in AWS.' },
  material_unproven: {
    state: 'unknown',
    advice:
      "Look at the key's rotations in CCKM and at its state in AWS; import its material again where it is not there.",
  },
  expiry_unknown: {
    state: 'unknown',
    advice: 'Look up in AWS when its material expires, and refresh the key in CCKM.',
  },
  policy_unknown: { state: 'unknown', advice: 'Refresh the key in CCKM, then check again.' },
  not_confirmed: {
    state: 'unknown',
    advice: 'Check again when nothing changes the key any more; where it stays so, refresh the key in CCKM.',
  },
  material_differs: {
    state: 'unknown',
    advice:
      'A rotation may not have reached the Region yet: check again in some minutes, then look at both keys in AWS.',
  },

  no_replica: { state: 'missing', advice: 'Close the gap: `keyferry coverage close`, or a plan of its own.' },
  not_multi_region: {
    state: 'missing',
    advice: 'It can never be replicated: make a multi-Region key in its place, or take it out of the policy.',
  },
  other_partition: { state: 'missing', advice: 'No key goes from one AWS partition into another: correct the policy.' },

  pending_deletion: {
    state: 'pending_deletion',
    advice: 'Cancel its deletion in CCKM and enable it, before AWS takes it away.',
  },
  pending_import: { state: 'pending_import', advice: 'Import the same key material into it in CCKM.' },
  material_missing: {
    state: 'pending_import',
    advice: "Import what it lacks of the primary's material in CCKM, the oldest first.",
  },
  disabled: { state: 'disabled', advice: 'Enable it in CCKM where it is to be used.' },
  material_expires: { state: 'expiring', advice: 'Import its material again with a later expiry.' },
  material_expired: { state: 'expiring', advice: 'Import its material again with a later expiry, at once.' },
  differs: { state: 'drifted', advice: 'See `diff`; change the key in CCKM, or what the policy wants.' },
} as const satisfies Record<string, Finding>;

export type CoverageCode = keyof typeof coverageFindings;
