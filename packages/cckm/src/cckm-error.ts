import { type ErrorCode, errorRule } from '@keyferry/core';

/** A call to CCKM that did not succeed; every method of the client throws this and nothing else. */
export class CckmError extends Error {
  override readonly name = 'CckmError';
  readonly code: ErrorCode;
  readonly httpStatus: number | null;
  /** The AWS exception or CCKM's codeDesc. */
  readonly providerCode: string | null;
  readonly requestId: string | null;
  /** What the answer's Retry-After asks for. */
  readonly retryAfterMs: number | null;
  /** Whether the work may have been done all the same, by the circumstances of this very call. */
  readonly mayHaveLanded: boolean;

  constructor(failure: {
    code: ErrorCode;
    message: string;
    mayHaveLanded?: boolean;
    httpStatus?: number | null;
    providerCode?: string | null;
    requestId?: string | null;
    retryAfterMs?: number | null;
    cause?: unknown;
  }) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.code = failure.code;
    this.httpStatus = failure.httpStatus ?? null;
    this.providerCode = failure.providerCode ?? null;
    this.requestId = failure.requestId ?? null;
    this.retryAfterMs = failure.retryAfterMs ?? null;
    this.mayHaveLanded = failure.mayHaveLanded ?? errorRule(failure.code).mayHaveLanded;
  }
}
