import type { Request } from 'express';

/** Whether a request says that a body follows its head. */
export function hasBody(request: Request): boolean {
  return request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0;
}
