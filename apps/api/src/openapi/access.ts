import { callerViewSchema, createdTokenViewSchema, newTokenSchema, tokenViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listTokensQuery } from '../token-routes.ts';
import { json, page } from './answers.ts';
import { problems } from './problems.ts';

export const accessPaths: ZodOpenApiPathsObject = {
  '/v1/me': {
    get: {
      tags: ['Access'],
      summary: 'Who calls, and what that allows',
      responses: { '200': json('The caller', callerViewSchema), ...problems() },
    },
  },
  '/v1/tokens': {
    get: {
      tags: ['Access'],
      summary: 'List API tokens, newest first, revoked ones too; never the tokens themselves',
      requestParams: { query: listTokensQuery },
      responses: { '200': json('A page', page(tokenViewSchema)), ...problems('422') },
    },
    post: {
      tags: ['Access'],
      summary: 'Make an API token; the answer is the only one that holds it',
      requestBody: { required: true, content: { 'application/json': { schema: newTokenSchema } } },
      responses: { '201': json('The token', createdTokenViewSchema), ...problems('400', '415', '422') },
    },
  },
  '/v1/tokens/{id}': {
    delete: {
      tags: ['Access'],
      summary: 'Revoke an API token',
      requestParams: { path: z.object({ id: z.uuid().describe('Id of the token, not the token itself') }) },
      responses: { '204': { description: 'Revoked, now or before' }, ...problems('404') },
    },
  },
};
