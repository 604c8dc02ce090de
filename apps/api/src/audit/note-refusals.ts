import { auditActionOf } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { type Command, inTheNameOf, type NewEntry, noteRefusal, type Store } from '@keyferry/store';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { commandOf } from '../http/as-caller.ts';
import { operationOf } from '../http/permissions.ts';
import { Problem } from '../http/problem.ts';
import { Strangers } from './strangers.ts';

/**
 * Notes in the audit log what was refused to whom, before it is answered: every 403, every 409 of what would have changed
 * something, and who was not let in at all as far as `Strangers` lets them. A refusal that cannot be noted is one all the same.
 */
export function noteRefusals(store: Store, log: Log): ErrorRequestHandler {
  const note = (command: Command, entry: NewEntry): Promise<void> =>
    noteRefusal(inTheNameOf(store, command), entry).catch((error) => {
      log.warn({ err: error, requestId: command.request_id }, 'a refusal could not be noted in the audit log');
    });
  const strangers = new Strangers(note);
  return async (error, request, response, next) => {
    if (error instanceof Problem) {
      if (isNotLetIn(error, response)) await strangers.refused(...unauthenticated(error, request, response));
      else if (isNoted(error, response)) await note(commandOf(response.locals), refusal(error, request, response));
    }
    next(error);
  };
}

/** A 401; or a 403 before it was looked at what is asked for: of somebody without a role, or of another site's page. */
function isNotLetIn({ status }: Problem, { locals }: Response): boolean {
  return status === 401 || (status === 403 && locals.operation === undefined);
}

function isNoted({ status }: Problem, { locals }: Response): boolean {
  return status === 403 || (status === 409 && auditActionOf(locals.operation) !== null);
}

function unauthenticated({ message }: Problem, request: Request, { locals }: Response): [Command, NewEntry] {
  const { caller = null, role = null, tokenId = null } = locals.holder ?? {};
  const operation = operationOf(request.method, pathOf(request));
  return [
    { caller, role, token_id: tokenId, request_id: locals.requestId, action: null },
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
