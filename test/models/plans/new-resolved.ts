import type { ResolvedReplica } from '../../../packages/store/src/plans/resolve-plan.ts';

/** A key × Region of a plan that may be called for, as the resolver writes it; for tests. */
export function newResolved(more: Partial<ResolvedReplica> & Pick<ResolvedReplica, 'keyId'>): ResolvedReplica {
  return {
    mrk: `mrk-${more.keyId}`,
    keyArn: null,
    alias: null,
    aliases: [],
    origin: 'AWS_KMS',
    account: '111122223333',
    primaryRegion: 'us-east-1',
    region: 'eu-west-1',
    wave: 0,
    state: 'pending',
    outcome: null,
    replicaKeyId: null,
    replicaArn: null,
    keyState: null,
    error: null,
    warnings: [],
    diff: null,
    settings: null,
    fromPrimary: null,
    manifestLine: null,
    ...more,
  };
}
