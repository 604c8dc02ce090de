import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** SHA-256 of a value as canonical JSON (RFC 8785), so that the order of its fields does not matter. */
export function canonicalSha256(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}
