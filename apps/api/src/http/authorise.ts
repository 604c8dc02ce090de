import { type OperationName, operationNamed, operationOf } from '@keyferry/operations';
import type { RequestHandler, Response } from 'express';
import { notFound, Problem } from './problem.ts';

declare global {
  namespace Express {
    interface Locals {
      /** What is asked for, as the table of operations names it. */
      operation: OperationName;
    }
  }
}

/** Lets a caller do what the role allows by the table of operations, and refuses what the table does not name. */
export const authorise: RequestHandler = (request, response, next) => {
  const operation = operationOf(request.method, request.baseUrl + request.path);
  if (operation === null) {
    notFound(request, response, next);
    return;
  }
  permit(response, operation);
  next();
};

/** Notes what is asked for, and throws the 403 when the caller's role does not allow it. */
export function permit({ locals }: Response, operation: OperationName): void {
  const { caller, role } = locals;
  locals.operation = operation;
  const { roles: allowed } = operationNamed(operation);
  if (!allowed.includes(role)) {
    throw new Problem(
      403,
      'Not permitted',
      `${operation} needs the role ${allowed.join(' or ')}; ${caller} has the role ${role}.`,
    );
  }
}
