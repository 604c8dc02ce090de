import { CckmError } from '@keyferry/cckm';
import { type AliasHolder, afterAliased, afterAliasRefused, saysTaken, withAliasPrefix } from '@keyferry/core';
import type { HeldReplicaRow } from '@keyferry/store';
import { failureOf } from '../cckm/call-failure.ts';
import type { WorkContext } from '../work-context.ts';
import type { FinishingCall } from './finish-replica.ts';

/**
 * Makes an alias that the request names on a replica that was created without it: CCKM calls CreateAlias after
 * ReplicateKey, for one alias, and may answer for ReplicateKey alone. Source: CCKM contract, section 2.8.
 */
export const addAlias: FinishingCall<string> = {
  kind: 'alias',
  failures: ({ aliasCalls }) => aliasCalls,
  prepare: async (_context, row) => aliasDue(row),
  send: ({ cckm }, row, alias, window) => cckm.addAlias(row.replicaKeyId ?? '', alias, window),
  accepted: (_row, _alias, rules) => afterAliased(rules),
  refused: async (context, row, failure, rules) => {
    const holder = saysTaken(failure.code) ? await findHolder(context, row) : null;
    return afterAliasRefused(row, failure, rules, holder);
  },
};

function aliasDue({ aliasDue: alias }: HeldReplicaRow): string {
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
