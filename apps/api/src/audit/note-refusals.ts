import type { Log } from '@keyferry/log';
import { auditActionOf, operationOf } from '@keyferry/operations';
import { type Command, inTheNameOf, type NewEntry, noteRefusal, type Store } from '@keyferry/store';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { commandOf, requestIds } from '../http/as-caller.ts';
import { type Problem, refusalOf } from '../http/problem.ts';
import { RepeatedRefusals } from './repeated-refusals.ts';

/**
 * Notes in the audit log what was refused to whom, before it is answered: every 403, every 409 of what would have changed
 * something, and who was not let in at all. Each entry is written under the lock of the chain, so that those who ask over and
 * over would hold up everybody's changes: what repeats itself within a minute is counted, and noted when it is over. A refusal
 * that cannot be noted is one all the same; a count that is not noted yet when the process stops is lost, its first one is not.
 */
export function noteRefusals(store: Store, log: Log): ErrorRequestHandler {
  const note = (command: Command, entry: NewEntry): Promise<void> =>
    noteRefusal(inTheNameOf(store, command), entry).catch((error) => {
      log.warn({ err: error, requestId: command.request_id }, 'could not record a refusal in the audit log');
    });
  const refusals = new RepeatedRefusals(note);
  return async (error, request, response, next) => {
    const problem = refusalOf(error);
    if (problem !== null) {
      if (isNotLetIn(problem, response)) {
        const [command, entry] = unauthenticated(problem, request, response);
        await refusals.refused(strangerOf(command), command, entry);
      } else if (isNoted(problem, response)) {
        const { locals } = response;
        await refusals.refused(wishOf(problem, locals), commandOf(locals), refusal(problem, request, response));
      }
    }
    next(error);
  };
}

/** A 401; or a 403 before the request was examined: a caller without a role, or a page of another site. */
function isNotLetIn({ status }: Problem, { locals }: Response): boolean {
  return status === 401 || (status === 403 && locals.operation === undefined);
}

function isNoted({ status }: Problem, { locals }: Response): boolean {
  return status === 403 || (status === 409 && auditActionOf(locals.operation) !== null);
}

/** Each token that works no more, each person of the OIDC provider without a role, and all unknown ones together. */
function strangerOf({ token_id, caller }: Command): string {
  return JSON.stringify(['authenticate', token_id ?? caller]);
}

/** What one caller asks for, whichever object it names: the table of operations bounds how many there are. */
function wishOf({ status }: Problem, { caller, operation }: Response['locals']): string {
  return JSON.stringify([caller, operation, status]);
}

function unauthenticated({ message }: Problem, request: Request, { locals }: Response): [Command, NewEntry] {
  const { caller = null, role = null, tokenId = null } = locals.holder ?? {};
  const operation = operationOf(request.method, pathOf(request));
  return [
    { caller, role, token_id: tokenId, ...requestIds(locals), action: null },
    {
      action: 'authenticate',
      object: { type: 'operation', id: operation },
      detail: { reason: message, address: request.ip },
    },
  ];
}

function refusal({ status, message: reason }: Problem, request: Request, { locals }: Response): NewEntry {
  const { operation } = locals;
  const action = auditActionOf(operation);
  const detail = { status, reason };
  if (action === null) return { action: 'read', object: { type: 'operation', id: operation }, detail };
  const [type = ''] = action.split('.');
  const place = operation.split('/').findIndex((part) => part.startsWith('{'));
  return { action, object: { type, id: place < 0 ? null : idIn(pathOf(request).split('/')[place] ?? '') }, detail };
}

/** What a path names, if it may be a name at all. */
function idIn(part: string): string | null {
  try {
    const id = decodeURIComponent(part);
    return /^[\x21-\x7e]{1,200}$/.test(id) ? id : null;
  } catch {
    return null;
  }
}

const pathOf = ({ originalUrl }: Request): string => originalUrl.split('?')[0] ?? '';
