import {
  callerViewSchema,
  createdTokenViewSchema,
  loginViewSchema,
  newTokenSchema,
  tokenViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { startLoginQuery } from '../login/login-routes.ts';
import { listTokensQuery } from '../token-routes.ts';
import { json, page } from './answers.ts';
import { problems } from './problems.ts';

/** A page for a person that says what failed. */
const failed = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } });
const tooManyFailures = 'From this address too many came in a minute who could not be let in';

export const accessPaths: ZodOpenApiPathsObject = {
  '/v1/me': {
    get: {
      tags: ['Access'],
      summary: 'Who calls, and what that allows',
      responses: { '200': json('The caller', callerViewSchema), ...problems() },
    },
  },
  '/v1/login': {
    get: {
      tags: ['Access'],
      summary: 'The ways in which a browser can log in',
      security: [],
      responses: { '200': json('The ways', loginViewSchema) },
    },
  },
  '/v1/session': {
    post: {
      tags: ['Access'],
      summary: 'Log a browser in with the token that the request carries: the answer sets the cookie of a session',
      responses: { '200': json('The caller', callerViewSchema), ...problems('422') },
    },
    delete: {
      tags: ['Access'],
      summary: 'Log a browser out: the session of the cookie that the request carries ends',
      responses: { '204': { description: 'Logged out' }, ...problems('404') },
    },
  },
  '/login/oidc': {
    get: {
      tags: ['Access'],
      summary: 'For browsers: leads to the OIDC provider to log in',
      security: [],
      requestParams: { query: startLoginQuery },
      responses: {
        '303': { description: 'To the provider' },
        '404': failed('No provider is configured for browsers'),
        '422': failed('`return_to` is not a path of this host'),
        '429': failed(tooManyFailures),
        '503': failed('The provider does not answer'),
      },
    },
  },
  '/login/oidc/callback': {
    get: {
      tags: ['Access'],
      summary: 'For browsers: comes back from the OIDC provider; sets the cookie of a session',
      security: [],
      responses: {
        '303': { description: 'To `return_to`' },
        '404': failed('No provider is configured for browsers'),
        '401': failed('The provider did not log them in, or its answer does not hold'),
        '403': failed('The provider gives them no role here'),
        '429': failed(tooManyFailures),
        '503': failed('The provider, or Postgres, does not answer'),
      },
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
      responses: { '201': json('The token', createdTokenViewSchema), ...problems('422') },
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
