import { z } from 'zod';

/** A refusal by the CipherTrust Manager itself, as its error envelope. Source: CCKM contract, section 3.4. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
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

export const badRequest = (message: string) => new ApiError(400, 15, 'NCERRBadRequest: Bad HTTP request', message);
export const invalidParam = (message: string) =>
  new ApiError(400, 9, 'NCERRInvalidParamValue: Invalid parameter value', message);
export const unauthorized = (message: string) =>
  new ApiError(401, 1, 'NCERRUnauthorized: Authentication failed', message);
export const notFound = (message: string) =>
  new ApiError(404, 16, 'NCERRResourceNotFound: Resource not found', message);
export const conflict = (message: string) => new ApiError(409, 5, 'NCERRConflict: Conflict', message);

/** Reads a body by its schema. Throws CCKM's 400 naming the first thing that is wrong. */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidParam(`${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not valid'}`);
}
