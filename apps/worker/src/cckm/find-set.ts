import { type Answer, CckmError } from '@keyferry/cckm';
import type { CckmKey } from '@keyferry/core';
import type { ReplicaRow } from '@keyferry/store';
import type { WorkContext } from '../work-context.ts';

/**
 * The members of a row's set that CCKM lists. Where its user may not list keys, those members that the row knows by their
 * ids: its primary and its replica. Throws CckmError, also when it knows no replica: an absence proves nothing then.
 */
export async function findSet(
  { cckm }: Pick<WorkContext, 'cckm'>,
  row: Pick<ReplicaRow, 'mrk' | 'key_id' | 'replica_key_id'>,
  place: { readonly region?: string } = {},
): Promise<Answer<CckmKey[]>> {
  try {
    return await cckm.findMembers(row.mrk, place);
  } catch (error) {
    if (!isListRefused(error) || row.replica_key_id === null) throw error;
    const replica = await cckm.findById(row.replica_key_id);
    if (replica.value === null) throw error;
    const primary = place.region === undefined ? (await cckm.findById(row.key_id)).value : null;
    return { ...replica, value: [replica.value, ...(primary ? [primary] : [])] };
  }
}

/** CCKM lists nothing for this user, or not in this way: asking again would be refused again. */
export function isListRefused(error: unknown): error is CckmError {
  return error instanceof CckmError && ['cckm_forbidden', 'cckm_bad_request', 'cckm_not_found'].includes(error.code);
}
