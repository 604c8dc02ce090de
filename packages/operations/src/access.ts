import { callerViewSchema, createdTokenViewSchema, newTokenSchema, tokenStates, tokenViewSchema } from '@keyferry/core';
import { z } from 'zod';
import { admins, declare, everyone, json } from './operation.ts';
import { page, pageQuery } from './parameters.ts';

const all = { tag: 'Access', roles: everyone, scope: 'open' } as const;
const ofAdmins = { tag: 'Access', roles: admins, scope: 'everything' } as const;

export const accessOperations = declare({
  'GET /v1/me': {
    ...all,
    summary: 'Show the caller, its role and what it may do',
    answers: { 200: json('The caller', callerViewSchema) },
  },
  // A person comes and goes.
  'POST /v1/session': {
    ...all,
    summary: 'Log a browser in with the token of the request: the response sets a session cookie',
    answers: { 200: json('The caller', callerViewSchema) },
    problems: [422],
    cost: 1,
    audit: 'session.create',
  },
  'DELETE /v1/session': {
    ...all,
    summary: 'Log a browser out: ends the session of the cookie',
    answers: { 204: { description: 'Logged out' } },
    problems: [404],
    cost: 1,
    audit: 'session.delete',
  },
  'GET /v1/tokens': {
    ...ofAdmins,
    summary: 'List API tokens, newest first, including revoked ones; without the tokens themselves',
    query: z.strictObject({
      ...pageQuery,
      name: z.string().min(1).max(100).optional().describe('Part of the name, in any case'),
      state: z.enum(tokenStates).optional(),
    }),
    answers: { 200: json('A page', page(tokenViewSchema)) },
    problems: [422],
  },
  'POST /v1/tokens': {
    ...ofAdmins,
    summary: 'Create an API token; only this response contains it',
    body: { schema: newTokenSchema },
    answers: { 201: json('The token', createdTokenViewSchema) },
    problems: [422],
    audit: 'token.create',
  },
  'DELETE /v1/tokens/{id}': {
    ...ofAdmins,
    summary: 'Revoke an API token',
    path: z.object({ id: z.uuid().describe('Id of the token, not the token itself') }),
    answers: { 204: { description: 'Revoked, now or earlier' } },
    problems: [404],
    audit: 'token.revoke',
  },
});
