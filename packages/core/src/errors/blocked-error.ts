import { type ErrorCode, errorCatalogue } from './catalogue.ts';
import type { ReplicaErrorView } from './replica-error.ts';

/** Why a replica is blocked before anything was called: what is the case, as a sentence, and what to do about it. */
export function blockedError(code: ErrorCode, message: string): ReplicaErrorView {
  return {
    code,
    message: `${message} ${errorCatalogue[code].operatorAdvice}`.trim(),
    http_status: null,
    retryable: false,
    provider_code: null,
  };
}
