import { ZodError } from 'zod';
import type { AwsException } from '../kms/aws-exception.ts';

/** An error as CCKM answers it. Source: CCKM contract, section 3.4. */
export class CckmFailure extends Error {
  override readonly name = 'CckmFailure';
  readonly status: number;
  readonly code: number;
  readonly codeDesc: string;

  constructor(status: number, code: number, codeDesc: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.codeDesc = codeDesc;
  }
}

export const notFound = (what: string): CckmFailure =>
  new CckmFailure(404, 16, 'NCERRResourceNotFound: Resource not found', `${what} was not found.`);

export const invalid = (message: string): CckmFailure =>
  new CckmFailure(400, 9, 'NCERRInvalidParamValue: Invalid parameter value', message);

/** AWS's failures all come as the same 400; only the text tells them apart. */
export function wrapped(
  phrase: string,
  operation: string,
  exception: AwsException,
  style: 'classic' | 'sdk2',
  requestId: string,
): CckmFailure {
  const text =
    style === 'classic'
      ? `${phrase} : ${exception.name}: ${exception.message}`
      : `${phrase} : operation error KMS: ${operation}, https response error StatusCode: 400, RequestID: ${requestId}, ${exception.name}: ${exception.message}`;
  return new CckmFailure(400, 15, 'NCERRBadRequest: Bad HTTP request', text);
}

/** What CCKM answers to a request that it cannot read. */
export function asFailure(error: unknown): CckmFailure {
  if (error instanceof CckmFailure) return error;
  if (error instanceof ZodError) return invalid(JSON.stringify(error.issues));
  // What cannot be parsed as JSON comes with a status of its own.
  return error instanceof Error && 'status' in error
    ? new CckmFailure(400, 15, 'NCERRBadRequest: Bad HTTP request', error.message)
    : new CckmFailure(500, 14, 'NCERRInternalServerError: unexpected error', String(error));
}
