import { setTimeout as wait } from 'node:timers/promises';
import { CckmError } from '@keyferry/cckm';
import { laneId } from '@keyferry/core';
import type { CallKind } from '@keyferry/store';
import { circuitLanes } from '../dispatch/call-budgets.ts';
import type { WorkContext } from '../work-context.ts';
import type { HeldCall } from './claims.ts';

/** What is left of the lease when a call may still be started: the call itself is watched by heartbeats. */
const leaseMarginMs = 500;
/** How often a call may miss its slot before its row waits for its turn again. */
const mostSlots = 8;

/**
 * Waits until a held row's call may be sent, and answers before when. A slot that was missed is replaced by another, so that
 * lateness costs time and no work. Throws CckmError `not_sent` when the lease runs out, no slot is near, or a lane of the
 * call went down meanwhile; a probe of that lane goes all the same.
 */
export async function reachSlot(
  { session, lateSlots, circuits }: WorkContext,
  { row, with_alias, slot, probes }: HeldCall,
  kind: CallKind,
  workerId: string,
): Promise<{ sendBefore: number }> {
  const call = { kind, account: row.account, primary_region: row.primary_region, region: row.region, with_alias };
  const lanes = circuitLanes(kind, row).filter((lane) => !probes.includes(laneId(lane)));
  let next = slot;
  for (let slots = 1; ; slots += 1) {
    if (Date.now() <= next.sendBefore) {
      await wait(Math.max(0, next.at - Date.now()));
      if (session.remainingMs() < leaseMarginMs) throw notSent('The lease expired before the call.');
      if (lanes.some((lane) => circuits.isKnownDown(lane)))
        throw notSent('The circuit of the lane opened before the call.');
      if (Date.now() <= next.sendBefore) return { sendBefore: next.sendBefore };
    }
    const another = slots < mostSlots ? await lateSlots.take({ workerId, id: row.id, call }) : null;
    if (another === null) throw notSent('The call missed its slot, and no other slot is near.');
    next = another;
  }
}

function notSent(message: string): CckmError {
  return new CckmError({ code: 'not_sent', message, mayHaveLanded: false });
}
