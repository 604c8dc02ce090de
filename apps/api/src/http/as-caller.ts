import { auditActionOf } from '@keyferry/operations';
import { type Command, inTheNameOf, type Store } from '@keyferry/store';
import type { Response } from 'express';

/** The store in the name of who calls: what is changed through it stands in the audit log as the caller's doing. */
export function asCaller(store: Store, { locals }: Response): Store {
  return inTheNameOf(store, commandOf(locals));
}

export function commandOf(locals: Response['locals']): Command {
  const { caller, role, tokenId, operation } = locals;
  return { caller, role, token_id: tokenId, ...requestIds(locals), action: auditActionOf(operation) };
}

/** Our id of a request, and the caller's. */
export function requestIds({
  requestId,
  callerRequestId,
}: Response['locals']): Pick<Command, 'request_id' | 'caller_request_id'> {
  return { request_id: requestId, caller_request_id: callerRequestId };
}
