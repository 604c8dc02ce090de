import { hash } from 'node:crypto';
import type { ReplicaBlock } from '@keyferry/core';
import canonicalize from 'canonicalize';

/** What of a row says what is called for it. None of it changes once its plan is resolved, but for where its primary is. */
export interface HashedRow {
  readonly operation: string;
  readonly keyId: string;
  readonly keyArn: string | null;
  readonly mrk: string;
  readonly alias: string | null;
  readonly aliases: readonly string[];
  readonly origin: string | null;
  readonly account: string;
  readonly primaryRegion: string;
  readonly region: string;
  readonly settings: ReplicaBlock | null;
  readonly fromPrimarySha256: string | null;
  readonly manifestLine: number | null;
}

/**
 * SHA-256 over a row as canonical JSON (RFC 8785), in hex: docs/approvals.md says over what. Written in the order that this
 * asks for, since there may be a million of them; only what a manifest sets is put into order.
 */
export function rowSha256(row: HashedRow): string {
  const text = JSON.stringify({
    account: row.account,
    alias: row.alias,
    aliases: row.aliases,
    from_primary_sha256: row.fromPrimarySha256,
    key_arn: row.keyArn,
    key_id: row.keyId,
    manifest_line: row.manifestLine,
    mrk: row.mrk,
    operation: row.operation,
    origin: row.origin,
    primary_region: row.primaryRegion,
    region: row.region,
    settings: row.settings === null ? null : JSON.parse(canonicalize(row.settings) ?? 'null'),
  });
  return hash('sha256', text, 'hex');
}

/** A row as it is stored. */
export interface StoredRow extends HashedRow {
  /** What was its key id and ARN when it was resolved, where that is another by now; null: it is the same. */
  readonly namedAs: readonly string[] | null;
  /** The Region of its primary then, where that is another by now. */
  readonly resolvedPrimaryRegion: string | null;
}

/** The same for a row as it is by now: its key may have another primary. */
export function rowSha256AsResolved(row: StoredRow): string {
  const { namedAs } = row;
  const [keyId, keyArn] = namedAs === null ? [row.keyId, row.keyArn] : [namedAs[0] ?? '', namedAs[1] ?? null];
  return rowSha256({ ...row, keyId, keyArn, primaryRegion: row.resolvedPrimaryRegion ?? row.primaryRegion });
}
