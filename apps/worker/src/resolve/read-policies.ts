import { copiedFieldsOf, isPolicyDocument, type PlanSpec } from '@keyferry/core';
import pMap from 'p-map';
import type { KeyWithTargets } from './key-with-targets.ts';
import type { ResolveContext } from './resolve-context.ts';

const readsAtOnce = 4;

/** Whether replicas of a plan get the key policies of their primaries. */
export function copiesPolicies(spec: Pick<PlanSpec, 'replica' | 'overrides'>): boolean {
  return copiedFieldsOf(spec).includes('policy');
}

/**
 * Keys with the key policies that CCKM's list left out, read one key at a time; without, where CCKM does not show it there
 * either, or where it was read when the plan was resolved first. Throws CckmError.
 */
export function withPolicies(
  { cckm }: Pick<ResolveContext, 'cckm'>,
  keys: readonly KeyWithTargets[],
): Promise<KeyWithTargets[]> {
  const read = async (one: KeyWithTargets): Promise<KeyWithTargets> => {
    const { resolved, targets } = one;
    const { key } = resolved;
    const wanted = key?.multiRegionKeyType === 'PRIMARY' && !isPolicyDocument(key.policy);
    if (!wanted || targets.every(({ fromPrimary }) => fromPrimary !== null)) return one;
    const { value } = await cckm.findById(key.id);
    return { targets, resolved: { ...resolved, key: { ...key, policy: value?.policy ?? null } } };
  };
  return pMap(keys, read, { concurrency: readsAtOnce });
}
