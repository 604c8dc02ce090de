import { CckmError } from '@keyferry/cckm';
import type { CallFailure } from '@keyferry/core';

/** A failed call as the rules of a replica's life read it. Anything that is no CckmError is our own fault: it is thrown on. */
export function failureOf(error: unknown): CallFailure {
  if (!(error instanceof CckmError)) throw error;
  const { code, message, httpStatus, providerCode, retryAfterMs, mayHaveLanded } = error;
  return { code, message, httpStatus, providerCode, retryAfterMs, mayHaveLanded };
}
