import type { AuditEntryView } from '@keyferry/core';
import { BrokenLog } from './broken-log.ts';

const days = 365;
/** Entries are dropped no earlier after the first checkpoint that covers them; drop_audit_month() waits as long. */
export const minimumRetentionMs = days * 24 * 3_600_000;
/** How far the clocks of the database and of those who sign may be apart. */
const clocksApartMs = 3_600_000;

/** What a checkpoint proves about the log: which entry it had at which time. */
export interface SignedPlace {
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
}

/** The log as a drop is held against it. */
interface Known {
  readonly first: AuditEntryView;
  /** What the export was asked to begin with. */
  readonly from: number;
  /** All of its checkpoints, in their order. */
  readonly signedAt: readonly SignedPlace[];
  readonly now: number;
}

/** Whether an entry notes what those of a month ended with, when they were dropped. */
export function tellsOfDropping({ action, outcome }: AuditEntryView): boolean {
  return action === 'audit.drop' && outcome === 'done';
}

/**
 * Throws a BrokenLog if the drop that an entry records was not allowed, or did not happen. How old entries were is known by
 * checkpoints alone, since the times in entries are written by the database: the first that covers them was signed when
 * they were there, and the first that covers the drop when it had been made. False: what was dropped lies before what
 * the export was asked for, so it cannot be said.
 */
export function mustBeAllowed(drop: AuditEntryView, { first, from, signedAt, now }: Known): boolean {
  const { last_seq: seq, last_hash: hash } = drop.detail;
  if (typeof seq !== 'number' || typeof hash !== 'string') {
    throw new BrokenLog(`Entry ${drop.seq} records a drop but not what was dropped.`);
  }
  if (seq >= first.seq) {
    throw new BrokenLog(
      `Entry ${drop.seq} records that entries up to ${seq} were dropped, but entry ${first.seq} exists.`,
    );
  }
  if (seq < from - 1) return false;
  const signed = signedAt.find((place) => place.seq === seq)?.hash;
  const followed = seq === first.seq - 1 ? first.prev_hash : undefined;
  if ([signed, followed].some((known) => known !== undefined && known !== hash)) {
    throw new BrokenLog(`Entry ${drop.seq} records a different hash for entry ${seq}, the last dropped one.`);
  }
  const refuse = (why: string): never => {
    throw new BrokenLog(`Entry ${drop.seq} records a drop that the retention does not allow: ${why}.`);
  };
  const covered = signedAt.find((place) => place.seq >= seq && place.seq < drop.seq);
  if (covered === undefined) return refuse(`no checkpoint before it covers entry ${seq}`);
  const shown = signedAt.find((place) => place.seq >= drop.seq);
  const madeBy = Math.min(Date.parse(drop.at), (shown ? Date.parse(shown.at) : now) + clocksApartMs);
  if (madeBy - Date.parse(covered.at) < minimumRetentionMs) {
    refuse(`entry ${seq} was first signed ${covered.at}, less than ${days} days before`);
  }
  return true;
}
