import type { ReplicaWarningView } from './replica-error.ts';

/** What preflight says of a pair without blocking it, once: what it means, and what a person does about it. */
export interface WarningRule {
  readonly title: string;
  readonly operatorAdvice: string;
}

export const warningCatalogue = {
  primary_creating: {
    title: 'The primary is still being created.',
    operatorAdvice: 'Nothing: the call is repeated until it is there, twenty minutes at most.',
  },
  primary_updating: {
    title: 'The primary is being promoted or updated.',
    operatorAdvice: 'Nothing: the call is repeated until that has passed, twenty minutes at most.',
  },
  set_not_ready: {
    title: 'The set is not ready for its promotion yet, by what CCKM lists.',
    operatorAdvice: 'Nothing: CCKM is asked again until it is, twenty minutes at most.',
  },
  region_not_checked: {
    title: 'CCKM does not tell which Regions it manages for the account.',
    operatorAdvice: 'Check that the Region is enabled in AWS and in a KMS container of the account.',
  },
  key_quota_near: {
    title: 'The account comes near its quota of keys in the Region.',
    operatorAdvice: 'Raise the quota in AWS before it is reached; every key counts, replicas and deleted ones too.',
  },
  material_expires_soon: {
    title: "The primary's key material expires within 30 days.",
    operatorAdvice: 'Import it again with a later expiry; the replica gets the expiry that the primary has then.',
  },
  in_flight_elsewhere: {
    title: 'Another plan has this key and Region in flight.',
    operatorAdvice: 'Nothing: this one waits, and finds the replica that the other makes.',
  },
  replica_differs: {
    title: 'The replica that is there is other than the plan wants.',
    operatorAdvice: 'Look at its `diff`; Keyferry changes nothing on a replica that it did not make.',
  },
  exceeds_window: {
    title: 'The plan is expected to take longer than its maintenance window is open.',
    operatorAdvice:
      'Nothing if it may go on in the next window; else make fewer replicas in it, or give it longer windows.',
  },
  rotated_away: {
    title: "CCKM's rotation has made another AWS key of this one, and moved its alias there.",
    operatorAdvice:
      'Decide which of the two keys is meant: with options.follow_rotation a plan goes to the newest one; both need replicas while data of either is in use.',
  },
  primary_moved: {
    title: 'The primary of the set has moved since the plan was resolved.',
    operatorAdvice: 'Nothing: the primary of now is called, at the pace of its Region.',
  },
  material_to_import: {
    title: 'The replica that is there may lack its key material.',
    operatorAdvice: "Nothing: the plan imports the primary's material into it where it is missing.",
  },
  same_region_skipped: {
    title: "The Region is the primary's own; the plan skips it.",
    operatorAdvice: 'Nothing: the key is there already, as the primary.',
  },
  replica_not_enabled: {
    title: 'The replica that is there is not enabled.',
    operatorAdvice: 'Enable it or import its material in CCKM, where it is to be used.',
  },
} as const satisfies Record<string, WarningRule>;

export type WarningCode = keyof typeof warningCatalogue;

/** A warning with its own sentence and what to do. */
export function warning(code: WarningCode, message: string): ReplicaWarningView {
  return { code, message: `${message} ${warningCatalogue[code].operatorAdvice}` };
}
