import type { Response } from 'express';
import { CckmFailure } from '../cckm/failure.ts';
import type { LedgerEntry } from '../control/ledger.ts';

/** CCKM's error envelope, with the status of the failure or another. */
export function fail(response: Response, entry: LedgerEntry, failure: CckmFailure, status = failure.status): void {
  response.status(status).json({
    code: failure.code,
    codeDesc: failure.codeDesc,
    message: failure.message,
    requestID: `sim-${entry.seq}`,
  });
}

/** What a proxy answers in CCKM's place. */
export function htmlPage(response: Response, status = 502): void {
  response
    .status(status)
    .type('html')
    .send(`<html><head><title>${status}</title></head><body><h1>${status} from a proxy</h1></body></html>`);
}

/** What CCKM says with an HTTP status. */
export function failureOfStatus(status: number): CckmFailure {
  if (status === 401) return new CckmFailure(401, 1, 'NCERRUnauthorized: Unauthorized', 'The token is not valid.');
  if (status === 403) return new CckmFailure(403, 3, 'NCERRForbidden: Forbidden', 'Not permitted.');
  if (status === 404) return new CckmFailure(404, 16, 'NCERRResourceNotFound: Resource not found', 'Not found.');
  if (status === 429) return new CckmFailure(429, 29, 'NCERRTooManyRequests: Too many requests', 'Slow down.');
  if (status === 500) return new CckmFailure(500, 14, 'NCERRInternalServerError: unexpected error', 'unexpected error');
  return new CckmFailure(status, 14, 'NCERRServiceUnavailable: Service unavailable', `HTTP ${status}`);
}
