import { differingFields, type ReplicaView } from '@keyferry/core';
import { localTime } from '../../display/local-time.ts';

const fieldsOf = (diff: ReplicaView['diff']): string => differingFields(diff ?? []).join(', ');

/** What there is to say of a replica beyond its state, in a line. */
export function inShort(
  { state, outcome, error, not_before, key_state, diff, warnings }: ReplicaView,
  now = new Date(),
): string {
  if (error?.code === 'replica_differs') return `Usable, but differs in ${fieldsOf(diff)}`;
  if (error !== null && state !== 'pending') return `${error.code}: ${error.message}`;
  if (state === 'pending' && not_before !== null && new Date(not_before) > now) {
    const why = error === null ? '' : ` after ${error.code}`;
    return `Tried again at ${localTime(not_before, now)}${why}`;
  }
  if (outcome === 'adopted') return 'Made by our call, whose answer was lost';
  if (state === 'succeeded' && key_state === 'PendingImport') return 'Made; its key material is still to be imported';
  if (diff !== null && diff.length > 0) return `Differs in ${fieldsOf(diff)}`;
  return warnings.map(({ code }) => code).join(', ');
}
