import { callerViewSchema, createdTokenViewSchema, newTokenSchema, tokenViewSchema } from '@keyferry/core';
import { z } from 'zod';
import { admins, declare, everyone, json } from './operation.ts';
import { page, pageQuery } from './parameters.ts';

const all = { tag: 'Access', roles: everyone, scope: 'open' } as const;
const ofAdmins = { tag: 'Access', roles: admins, scope: 'everything' } as const;

export const accessOperations = declare({
  'GET /v1/me': {
    ...all,
    summary: 'Who calls, and what that allows',
    answers: { 200: json('The caller', callerViewSchema) },
  },
  // A person comes and goes.
  'POST /v1/session': {
    ...all,
    summary: 'Log a browser in with the token that the request carries: the answer sets the cookie of a session',
    answers: { 200: json('The caller', callerViewSchema) },
    problems: [422],
    cost: 1,
    audit: 'session.create',
  },
  'DELETE /v1/session': {
    ...all,
    summary: 'Log a browser out: the session of the cookie that the request carries ends',
    answers: { 204: { description: 'Logged out' } },
    problems: [404],
    cost: 1,
    audit: 'session.delete',
  },
  'GET /v1/tokens': {
    ...ofAdmins,
    summary: 'List API tokens, newest first, revoked ones too; never the tokens themselves',
    query: z.strictObject(pageQuery),
    answers: { 200: json('A page', page(tokenViewSchema)) },
    problems: [422],
  },
  'POST /v1/tokens': {
    ...ofAdmins,
    summary: 'Make an API token; the answer is the only one that holds it',
    body: { schema: newTokenSchema },
    answers: { 201: json('The token', createdTokenViewSchema) },
    problems: [422],
    audit: 'token.create',
  },
  'DELETE /v1/tokens/{id}': {
    ...ofAdmins,
    summary: 'Revoke an API token',
    path: z.object({ id: z.uuid().describe('Id of the token, not the token itself') }),
    answers: { 204: { description: 'Revoked, now or before' } },
    problems: [404],
    audit: 'token.revoke',
  },
});
