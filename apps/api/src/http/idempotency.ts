import { canonicalSha256, type Idempotency } from '@keyferry/store';
import type { Request } from 'express';
import { z } from 'zod';
import { parseInput } from './problem.ts';

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'An Idempotency-Key has printable ASCII characters without spaces.');

/** The caller's own name for this submission; null: none. Throws the 422. */
export function idempotencyKeyOf(request: Request): string | null {
  const header = request.get('idempotency-key');
  if (header === undefined) return null;
  return parseInput(z.object({ 'Idempotency-Key': idempotencyKey }), { 'Idempotency-Key': header })['Idempotency-Key'];
}

/** The same with what was submitted, as far as a repeat must be the same. */
export function idempotencyOf(request: Request, body: unknown): Idempotency | null {
  const key = idempotencyKeyOf(request);
  return key === null ? null : { key, bodySha256: canonicalSha256(body) };
}
