import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import {
  type AuditCheckpointView,
  type AuditEntryView,
  type AuditLine,
  auditGenesis,
  auditLineSchema,
} from '@keyferry/core';
import canonicalize from 'canonicalize';
import { sha256 } from '../sha256.ts';
import { BrokenLog } from './broken-log.ts';
import { mustBeAllowed, type SignedPlace, tellsOfDropping } from './check-drop.ts';
import { mustFollow } from './checkpoint-chain.ts';
import { duplicateName } from './duplicate-name.ts';

/** What a log was found to be. */
export interface VerifiedLog {
  readonly entries: number;
  /** The first and the last entry; 0 when there is none. */
  readonly first: number;
  readonly last: number;
  readonly checkpoints: number;
  /** Of these checkpoints, those that name the one before. */
  readonly chained: number;
  /** The last entry that a checkpoint covers; 0 when none does. */
  readonly signed: number;
  /** When the newest checkpoint was signed; null: there is none. */
  readonly newest: string | null;
  /** Months that the log says were dropped; and of these, those of before the export, which it cannot verify. */
  readonly drops: number;
  readonly unjudged: number;
  /** How what stands before the first entry is known. */
  readonly anchor: 'beginning' | 'checkpoint' | 'retention' | 'none';
}

/** Public keys by which checkpoints may be signed, by their ids. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Reads public keys from PEM. Throws what Node says of one that is none. */
export function readPublicKeys(pems: readonly string[]): PublicKeys {
  const keys = pems.map((pem) => createPublicKey(pem));
  return new Map(keys.map((key) => [sha256(key.export({ type: 'spki', format: 'der' })), key]));
}

/**
 * Verifies an export that begins with the entry `from`, line by line: that every entry is as it was hashed and follows the
 * one before, that every checkpoint matches the entry before it and follows the checkpoint before, and that what was
 * dropped was allowed to be. Signatures are checked where keys are given. An export of everything (`from` 1) may begin
 * later if an entry records what was dropped. `now` in milliseconds since the epoch. Throws a BrokenLog.
 */
export async function verifyLog(
  lines: AsyncIterable<string>,
  keys: PublicKeys | null,
  { from = 1, now = Date.now() }: { from?: number; now?: number } = {},
): Promise<VerifiedLog> {
  let first: AuditEntryView | null = null;
  let last: AuditEntryView | null = null;
  let checkpoint: AuditCheckpointView | null = null;
  let anchor: VerifiedLog['anchor'] = 'none';
  let [number, entries, chained] = [0, 0, 0];
  const drops: AuditEntryView[] = [];
  const signedAt: SignedPlace[] = [];
  for await (const text of lines) {
    number += 1;
    const line = readLine(
      text,
      `Line ${number}, ${last === null ? 'before the first entry' : `after entry ${last.seq}`},`,
    );
    if ('checkpoint' in line) {
      checkSignature(line.checkpoint, keys);
      mustFollow(line.checkpoint, checkpoint, { whole: from === 1 });
      if (last !== null) checkPlace(line.checkpoint, last);
      checkpoint = line.checkpoint;
      if (checkpoint.prev_hash !== undefined) chained += 1;
      signedAt.push({ seq: checkpoint.seq, hash: checkpoint.hash, at: checkpoint.at });
      continue;
    }
    const { entry } = line;
    checkOrder(entry, last);
    checkEntryHash(entry);
    if (last !== null) checkLink(entry, last);
    if (first === null) {
      first = entry;
      anchor = anchorOf(entry, checkpoint);
    }
    if (tellsOfDropping(entry)) {
      drops.push(entry);
      if (entry.detail.last_seq === first.seq - 1 && entry.detail.last_hash === first.prev_hash) anchor = 'retention';
    }
    last = entry;
    entries += 1;
  }
  if (first === null || last === null) {
    throw new BrokenLog(
      checkpoint ? `Entry ${from} is missing: entries up to ${checkpoint.seq} were signed.` : 'This log is empty.',
    );
  }
  const unjudged = drops.filter((drop) => !mustBeAllowed(drop, { first, from, signedAt, now })).length;
  if (first.seq !== from && !(from === 1 && anchor === 'retention')) {
    throw new BrokenLog(
      `Entry ${from} is missing: the log starts with entry ${first.seq} and records no earlier drop.`,
    );
  }
  if (keys !== null && checkpoint === null) {
    throw new BrokenLog(`Entry ${first.seq} and all others are not signed: this log has no checkpoint.`);
  }
  const told = { entries, first: first.seq, last: last.seq, checkpoints: signedAt.length, chained, anchor };
  return { ...told, signed: checkpoint?.seq ?? 0, newest: checkpoint?.at ?? null, drops: drops.length, unjudged };
}

/** The line with all its fields, including unknown ones: all of it is hashed. */
function readLine(text: string, where: string): AuditLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new BrokenLog(`${where} is not JSON: it was cut off or changed.`);
  }
  if (!auditLineSchema.safeParse(line).success) {
    throw new BrokenLog(`${where} is neither an entry nor a checkpoint of an audit log: it was changed.`);
  }
  const twice = duplicateName(text);
  if (twice !== null) throw new BrokenLog(`${where} has the field ${JSON.stringify(twice)} twice: it was changed.`);
  return line as AuditLine;
}

function checkOrder({ seq }: AuditEntryView, last: AuditEntryView | null): void {
  if (last === null || seq === last.seq + 1) return;
  throw new BrokenLog(
    seq > last.seq
      ? `Entry ${last.seq + 1} is missing: entry ${last.seq} is followed by entry ${seq}.`
      : `Entry ${seq} is out of order, after entry ${last.seq}: it was inserted or moved.`,
  );
}

/** Throws where an entry does not have the hash that it carries. */
export function checkEntryHash({ hash, ...hashed }: AuditEntryView): void {
  if (sha256(canonicalize(hashed) ?? '') !== hash)
    throw new BrokenLog(`Entry ${hashed.seq} was changed: its hash does not match.`);
}

function checkLink({ seq, prev_hash }: AuditEntryView, last: { seq: number; hash: string }): void {
  if (prev_hash === last.hash) return;
  throw new BrokenLog(`Entry ${last.seq} was replaced: entry ${seq} follows an entry with a different hash.`);
}

/** What the first entry follows, as far as the export shows; throws if it does not match. */
function anchorOf(first: AuditEntryView, checkpoint: AuditCheckpointView | null): VerifiedLog['anchor'] {
  if (checkpoint !== null && checkpoint.seq >= first.seq) {
    throw new BrokenLog(`The checkpoint of entry ${checkpoint.seq} is out of order, before entry ${first.seq}.`);
  }
  if (first.seq === 1) {
    if (first.prev_hash !== auditGenesis) throw new BrokenLog('Entry 1 was rewritten: it follows another entry.');
    return 'beginning';
  }
  if (checkpoint === null || checkpoint.seq < first.seq - 1) return 'none';
  checkLink(first, checkpoint);
  return 'checkpoint';
}

/** A checkpoint stands behind the entry that it signs; where that is not, what is missing is named. */
function checkPlace({ seq, hash }: AuditCheckpointView, chain: AuditEntryView): void {
  if (seq > chain.seq) {
    throw new BrokenLog(
      `Entry ${chain.seq + 1} is missing: the log ends with entry ${chain.seq}, but entry ${seq} was signed.`,
    );
  }
  if (seq < chain.seq) throw new BrokenLog(`The checkpoint of entry ${seq} is out of order, after entry ${chain.seq}.`);
  if (hash !== chain.hash) {
    throw new BrokenLog(`Entry ${seq} differs from the signed one: it, or an earlier entry, was rewritten.`);
  }
}

/** Throws where the signature of a checkpoint does not hold; without keys nothing is checked. */
export function checkSignature({ signature, ...signed }: AuditCheckpointView, keys: PublicKeys | null): void {
  if (keys === null) return;
  const key = keys.get(signed.key_id);
  if (key === undefined) {
    throw new BrokenLog(
      `The checkpoint of entry ${signed.seq} is signed with the key ${signed.key_id}, which is not one of the given keys.`,
    );
  }
  const bytes = Buffer.from(signature, 'base64');
  const asWritten = bytes.toString('base64') === signature;
  if (!asWritten || !verify(null, Buffer.from(canonicalize(signed) ?? ''), key, bytes)) {
    throw new BrokenLog(`The checkpoint of entry ${signed.seq} was changed: its signature is not valid.`);
  }
}
