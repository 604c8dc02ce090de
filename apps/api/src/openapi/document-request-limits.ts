import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { problem } from './problems.ts';

/** What any request may be answered with, before it is known what it asks for. */
const ofAnyRequest = [400, 408, 431] as const;
/** What a request under /v1 may be answered with for its body, asked for or not. */
const ofAnyBody = [413] as const;
/** What else a request may be answered with whose body is read. */
const ofReadBody = [411, 415] as const;

/** Writes into the operations of an OpenAPI document how a request is refused for how it came, not for what it asks. */
export function documentRequestLimits(paths: ZodOpenApiPathsObject): ZodOpenApiPathsObject {
  const limited = (path: string, operation: ZodOpenApiOperationObject): ZodOpenApiOperationObject => {
    const isBehindLogin = path.startsWith('/v1/') && operation.security === undefined;
    const statuses = [
      ...ofAnyRequest,
      ...(isBehindLogin ? ofAnyBody : []),
      ...(operation.requestBody === undefined ? [] : ofReadBody),
    ];
    const answers = Object.fromEntries(statuses.map((status) => [status, problem(status)]));
    return { ...operation, responses: { ...answers, ...operation.responses } };
  };
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item as Record<string, ZodOpenApiOperationObject>).map(([method, operation]) => [
          method,
          limited(path, operation),
        ]),
      ),
    ]),
  );
}
