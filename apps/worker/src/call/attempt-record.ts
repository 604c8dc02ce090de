import { CckmError } from '@keyferry/cckm';
import { toReplicaError } from '@keyferry/core';
import type { AttemptRecord } from '@keyferry/store';
import { failureOf } from '../cckm/call-failure.ts';
import type { WorkerSession } from '../worker-session.ts';

/** A call as it is begun: what it is and when. */
export interface StartedCall {
  readonly operation: AttemptRecord['operation'];
  readonly started_at: Date;
}

/** A call that was answered, for the attempt log. */
export function answered(
  session: WorkerSession,
  call: StartedCall,
  { httpStatus, requestId }: { readonly httpStatus: number; readonly requestId: string | null },
  note: string,
): AttemptRecord {
  return { ...call, finished_at: session.now(), http_status: httpStatus, error: null, request_id: requestId, note };
}

/** A call that failed, for the attempt log. Throws on what is no failure of a call. */
export function failed(session: WorkerSession, call: StartedCall, error: unknown, note: string): AttemptRecord {
  const failure = failureOf(error);
  return {
    ...call,
    finished_at: session.now(),
    http_status: failure.httpStatus,
    error: toReplicaError(failure),
    request_id: error instanceof CckmError ? error.requestId : null,
    note,
  };
}
