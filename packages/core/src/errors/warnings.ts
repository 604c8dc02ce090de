import type { ReplicaWarningView } from './replica-error.ts';

/** What preflight says of a pair without blocking it, once: what it means, and what a person does about it. */
export interface WarningRule {
  readonly title: string;
  readonly operatorAdvice: string;
}

export const warningCatalogue = {
  primary_creating: {
    title: 'The primary is still being created.',
    operatorAdvice: 'No action needed: the call is retried for up to 20 minutes.',
  },
  primary_updating: {
    title: 'The primary is being promoted or updated.',
    operatorAdvice: 'No action needed: the call is retried for up to 20 minutes.',
  },
  set_not_ready: {
    title: 'According to CCKM, the set is not ready for its promotion yet.',
    operatorAdvice: 'No action needed: CCKM is asked again for up to 20 minutes.',
  },
  region_not_checked: {
    title: 'CCKM does not report which Regions it manages for the account.',
    operatorAdvice: 'Check that the Region is enabled in AWS and in a KMS container of the account.',
  },
  key_quota_near: {
    title: 'The account is close to its key quota in the Region.',
    operatorAdvice:
      'Raise the quota in AWS before it is reached. Every key counts, including replicas and keys pending deletion.',
  },
  material_expires_soon: {
    title: "The primary's key material expires within 30 days.",
    operatorAdvice: 'Import it again with a later expiry: the replica gets the expiry of the primary.',
  },
  in_flight_elsewhere: {
    title: 'Another plan has this key and Region in flight.',
    operatorAdvice: 'No action needed: this plan waits, then finds the replica of the other plan.',
  },
  replica_differs: {
    title: 'The existing replica differs from the plan.',
    operatorAdvice: 'See its `diff`: Keyferry does not change a replica that it did not create.',
  },
  exceeds_window: {
    title: 'The plan is expected to take longer than its maintenance window is open.',
    operatorAdvice:
      'No action needed if it may continue in the next window. Otherwise plan fewer replicas or longer windows.',
  },
  rotated_away: {
    title: 'CCKM rotated this key to another AWS key, and moved its alias there.',
    operatorAdvice:
      'Decide which of the two keys to replicate: options.follow_rotation selects the newest one. Both need replicas while data encrypted under either is in use.',
  },
  primary_moved: {
    title: 'The primary of the set has moved since the plan was resolved.',
    operatorAdvice: 'No action needed: the current primary is called, at the rate of its Region.',
  },
  material_to_import: {
    title: 'The existing replica may lack its key material.',
    operatorAdvice: "No action needed: the plan imports the primary's material if it is missing.",
  },
  same_region_skipped: {
    title: "The Region is the primary's own; the plan skips it.",
    operatorAdvice: 'No action needed: the Region already has the key, as the primary.',
  },
  replica_not_enabled: {
    title: 'The existing replica is not enabled.',
    operatorAdvice: 'If it is needed, enable it or import its material in CCKM.',
  },
} as const satisfies Record<string, WarningRule>;

export type WarningCode = keyof typeof warningCatalogue;

/** A warning with its own sentence and what to do. */
export function warning(code: WarningCode, message: string): ReplicaWarningView {
  return { code, message: `${message} ${warningCatalogue[code].operatorAdvice}` };
}
