import { auditActionOf } from '@keyferry/core';
import { type Command, inTheNameOf, type Store } from '@keyferry/store';
import type { Response } from 'express';

/** The store in the name of who calls: what is changed through it stands in the audit log as the caller's doing. */
export function asCaller(store: Store, { locals }: Response): Store {
  return inTheNameOf(store, commandOf(locals));
}

export function commandOf({ caller, role, tokenId, requestId, operation }: Response['locals']): Command {
  return { caller, role, token_id: tokenId, request_id: requestId, action: auditActionOf(operation) };
}
