import { pathPattern } from '@keyferry/operations';
import type { RequestHandler } from 'express';
import type { openApiDocument } from '../openapi/document.ts';
import { Problem } from './problem.ts';

/** Answers a request with a 405 whose path the document has, though not with this method. Lets all others through. */
export function refuseMethod({ paths = {} }: ReturnType<typeof openApiDocument>): RequestHandler {
  const known = Object.entries(paths).map(([path, item]) => ({
    path: pathPattern(path),
    methods: Object.keys(item as object).flatMap((method) =>
      method === 'get' ? ['GET', 'HEAD'] : method.toUpperCase(),
    ),
  }));
  return (request, _response, next) => {
    const path = request.baseUrl + request.path;
    const methods = known.find((one) => one.path.test(path))?.methods;
    if (methods === undefined || methods.includes(request.method)) {
      next();
      return;
    }
    const allowed = methods.join(', ');
    throw new Problem(405, 'Method not allowed', `${path} does not support ${request.method}. Allowed: ${allowed}.`, {
      headers: { Allow: allowed },
    });
  };
}
