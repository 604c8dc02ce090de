import {
  afterAccepted,
  afterLook,
  afterRefused,
  blockedError,
  checkBlock,
  checkOrigin,
  type Decision,
  replicaBlockFor,
} from '@keyferry/core';
import type { ClaimJob } from '@keyferry/store';
import { traced } from '@keyferry/tracing';
import { failureOf } from '../cckm/call-failure.ts';
import { findSet } from '../cckm/find-set.ts';
import { asFound } from '../cckm/found-replica.ts';
import type { WorkContext } from '../work-context.ts';
import { afterUnanswered } from './after-unanswered.ts';
import { answered, failed } from './attempt-record.ts';
import { afterStaleIdentity, followMovedPrimary } from './follow-primary.ts';
import { withNamedReplica } from './names-replica.ts';
import { makeCall } from './paced-call.ts';
import { type ReleasedRow, withReleasedRow } from './released-row.ts';
import { lookContext } from './rules-of.ts';
import { withLostPrimary } from './with-lost-primary.ts';

/** Makes one replica by one call of replicate-key, unless CCKM has it already. */
export function replicate(context: WorkContext, job: ClaimJob): Promise<void> {
  return withReleasedRow(context, 'replicate', job, async (released) => {
    if (!released.row.look_first) return call(context, released);
    const known = await traced('reconcile', {}, () => lookFirst(context, released));
    if (known !== null) return known;
    const decision = await call(context, released);
    // Asked and not there: once is enough, should this call miss its slot.
    return { ...decision, changes: { look_first: false, ...decision.changes } };
  });
}

/** Asks CCKM before the call; null when there is nothing and the call is to be made. */
async function lookFirst(context: WorkContext, { row, attempts }: ReleasedRow): Promise<Decision | null> {
  const { session } = context;
  const asked = { operation: 'reconcile', started_at: session.now() } as const;
  try {
    const answer = await findSet(context, row);
    const found = answer.value.find((member) => member.region === row.region && !member.gone);
    const decision = found
      ? afterLook(
          { ...row, unsettled_since: asked.started_at },
          await asFound(context, row, found),
          await lookContext(context, row),
        )
      : await followMovedPrimary(context, row, answer.value);
    attempts.push(answered(session, asked, answer, decision?.note ?? 'no replica there: called'));
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    attempts.push(failed(session, asked, error, 'read again later'));
    return afterUnanswered(context, failure);
  }
}

async function call(context: WorkContext, released: ReleasedRow): Promise<Decision> {
  const { row } = released;
  const spec = await context.store.plans.specOf(row.plan_id);
  const pair = replicaBlockFor(spec, { ...row, arn: row.key_arn ?? '' }, row.region, row.settings);
  const broken = checkBlock(pair) ?? checkOrigin(pair.block, row.origin);
  // A retry of a row that preflight had blocked: nothing has changed that could make it pass.
  if (broken)
    return { changes: { state: 'blocked', error: blockedError(broken.code, broken.message) }, note: 'not called' };
  const { block } = pair;
  const withAlias = block.aws_param?.Alias !== undefined;
  return makeCall(context, released, {
    prepare: async () => ({ region: row.region, block, origin: row.origin }),
    send: (request, window) => context.cckm.replicateKey(row.key_id, request, window),
    accepted: ({ id, arn }, rules) => afterAccepted(row, { replicaKeyId: id, replicaArn: arn }, rules),
    read: (failure) => withNamedReplica(withLostPrimary(failure, 'replicate', row.primary_region), row),
    refused: async (failure, rules) =>
      (await afterStaleIdentity(context, row, failure)) ?? afterRefused(row, failure, await rules(), { withAlias }),
  });
}
