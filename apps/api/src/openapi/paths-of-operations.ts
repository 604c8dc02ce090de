import { roles } from '@keyferry/core';
import {
  type Answer,
  type Body,
  bytesPerUnit,
  costOf,
  type OperationName,
  operationNamed,
  operationNames,
  type ScopeRule,
} from '@keyferry/operations';
import type {
  ZodOpenApiContentObject,
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiRequestBodyObject,
} from 'zod-openapi';
import { type ProblemStatus, problem } from './problems.ts';

/** What a rule means for a token that has a scope. */
const underScope: Readonly<Record<ScopeRule, string>> = {
  plan: 'a plan outside it is not found.',
  schedule: 'a schedule outside it is not found.',
  lane: 'a lane outside it is not found.',
  within: 'only what is within it.',
  open: 'does not matter.',
  everything: 'the token must not have one.',
};

/** The table of operations as the paths of an OpenAPI document; `x-roles`, `x-scope` and `x-cost` say what decides. */
export function pathsOfOperations(): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const name of operationNames) {
    const [method = '', path = ''] = name.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: documented(name) };
  }
  return paths;
}

function documented(name: OperationName): ZodOpenApiOperationObject {
  const { tag, summary, description, path, query, headers, body, answers, ...rules } = operationNamed(name);
  const { roles: allowed, scope, problems = [] } = rules;
  const all = allowed.length === roles.length;
  const who = `Roles: ${all ? 'all' : allowed.join(', ')}. Scope: ${underScope[scope]}`;
  const cost = `Cost: ${costOf(name)}, plus 1 per ${bytesPerUnit / 1_024} KiB of request and response body; 1 when refused.`;
  const mayEndIn = [401, ...(all && scope !== 'everything' ? [] : [403]), ...problems, 429, 503] as ProblemStatus[];
  return {
    tags: [tag],
    summary,
    description: [description, `${who} ${cost}`].filter(Boolean).join('\n\n'),
    'x-roles': allowed,
    'x-scope': scope,
    'x-cost': costOf(name),
    ...((path || query || headers) && {
      requestParams: {
        ...(path && { path }),
        ...(query && { query: query as never }),
        ...(headers && { header: headers }),
      },
    }),
    ...(body && { requestBody: requestBody(body) }),
    responses: Object.fromEntries([
      ...Object.entries(answers).map(([status, answer]) => [status, response(answer)]),
      ...mayEndIn.map((status) => [status, problem(status)]),
    ]),
  };
}

function requestBody({ schema, required = true, instead = {} }: Body): ZodOpenApiRequestBodyObject {
  return { required, content: content({ 'application/json': schema, ...instead }) };
}

function response({ description, content: given }: Answer) {
  return { description, ...(given && { content: content(given) }) };
}

function content(schemas: NonNullable<Answer['content']>): ZodOpenApiContentObject {
  return Object.fromEntries(Object.entries(schemas).map(([media, schema]) => [media, { schema }]));
}
