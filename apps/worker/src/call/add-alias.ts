import { CckmError } from '@keyferry/cckm';
import { type AliasHolder, afterAliased, afterAliasRefused, saysTaken, withAliasPrefix } from '@keyferry/core';
import type { ClaimJob, HeldReplicaRow } from '@keyferry/store';
import { failureOf } from '../cckm/call-failure.ts';
import type { WorkContext } from '../work-context.ts';
import { makeCall } from './paced-call.ts';
import { withReleasedRow } from './released-row.ts';

/**
 * Makes an alias that the request names on a replica that was created without it: CCKM calls CreateAlias after
 * ReplicateKey, for one alias, and may answer for ReplicateKey alone. Source: CCKM contract, section 2.8.
 */
export function addAlias(context: WorkContext, job: ClaimJob): Promise<void> {
  return withReleasedRow(context, 'alias', job, (released) => {
    const { row } = released;
    return makeCall(context, released, {
      prepare: async () => aliasDue(row),
      send: (alias, window) => context.cckm.addAlias(row.replica_key_id ?? '', alias, window),
      accepted: (_value, rules) => afterAliased(rules),
      refused: async (failure, rules) => {
        const known = await rules();
        const holder = saysTaken(failure.code) ? await findHolder(context, row) : null;
        return afterAliasRefused(row, failure, known, holder);
      },
    });
  });
}

function aliasDue({ alias_due: alias }: HeldReplicaRow): string {
  if (alias !== null) return alias;
  throw new CckmError({ code: 'invalid_alias', message: 'No alias is due for the replica.', mayHaveLanded: false });
}

/** The key of the account that has the alias in the Region; where CCKM cannot be asked, it counts as not listed. */
async function findHolder(context: WorkContext, row: HeldReplicaRow): Promise<AliasHolder> {
  try {
    const { value } = await context.cckm.findByAlias(withAliasPrefix(aliasDue(row)), { region: row.region });
    const holder = value.find((key) => key.account === row.account && !key.gone);
    if (holder === undefined) return { who: 'not listed' };
    if (holder.keyId === row.mrk) return { who: 'this replica' };
    return { who: 'another key', name: `the key ${holder.keyId ?? holder.arn} (CCKM id ${holder.id})` };
  } catch (error) {
    context.log.debug({ code: failureOf(error).code }, 'could not read which key has an alias');
    return { who: 'not listed' };
  }
}
