import { hash } from 'node:crypto';
import type { ReplicaBlock } from '@keyferry/core';
import canonicalize from 'canonicalize';

/** What of a row says what is called for it. None of it changes once its plan is resolved, but for where its primary is. */
export interface HashedRow {
  readonly operation: string;
  readonly key_id: string;
  readonly key_arn: string | null;
  readonly mrk: string;
  readonly alias: string | null;
  readonly aliases: readonly string[];
  readonly origin: string | null;
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
  readonly settings: ReplicaBlock | null;
  readonly from_primary_sha256: string | null;
  readonly manifest_line: number | null;
}

/**
 * SHA-256 over a row as canonical JSON (RFC 8785), in hex: docs/how-to/scheduling-and-approvals.md says over what. Written in the order that this
 * asks for, since there may be a million of them; only what a manifest sets is put into order.
 */
export function rowSha256(row: HashedRow): string {
  const text = JSON.stringify({
    account: row.account,
    alias: row.alias,
    aliases: row.aliases,
    from_primary_sha256: row.from_primary_sha256,
    key_arn: row.key_arn,
    key_id: row.key_id,
    manifest_line: row.manifest_line,
    mrk: row.mrk,
    operation: row.operation,
    origin: row.origin,
    primary_region: row.primary_region,
    region: row.region,
    settings: row.settings === null ? null : JSON.parse(canonicalize(row.settings) ?? 'null'),
  });
  return hash('sha256', text, 'hex');
}

/** A row as it is stored. */
export interface StoredRow extends HashedRow {
  /** What was its key id and ARN when it was resolved, where that is another by now; null: it is the same. */
  readonly named_as: readonly string[] | null;
  /** The Region of its primary then, where that is another by now. */
  readonly resolved_primary_region: string | null;
}

/** The same for a row as it is by now: its key may have another primary. */
export function rowSha256AsResolved(row: StoredRow): string {
  const { named_as: namedAs } = row;
  const [keyId, keyArn] = namedAs === null ? [row.key_id, row.key_arn] : [namedAs[0] ?? '', namedAs[1] ?? null];
  return rowSha256({
    ...row,
    key_id: keyId,
    key_arn: keyArn,
    primary_region: row.resolved_primary_region ?? row.primary_region,
  });
}
