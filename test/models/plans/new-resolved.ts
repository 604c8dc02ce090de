import type { ResolvedReplica } from '../../../packages/store/src/plans/resolve-plan.ts';

/** A key × Region of a plan that may be called for, as the resolver writes it; for tests. */
export function newResolved(more: Partial<ResolvedReplica> & Pick<ResolvedReplica, 'key_id'>): ResolvedReplica {
  return {
    mrk: `mrk-${more.key_id}`,
    key_arn: null,
    alias: null,
    aliases: [],
    origin: 'AWS_KMS',
    account: '111122223333',
    primary_region: 'us-east-1',
    region: 'eu-west-1',
    wave: 0,
    state: 'pending',
    outcome: null,
    replica_key_id: null,
    replica_arn: null,
    key_state: null,
    error: null,
    warnings: [],
    diff: null,
    settings: null,
    from_primary: null,
    manifest_line: null,
    ...more,
  };
}
