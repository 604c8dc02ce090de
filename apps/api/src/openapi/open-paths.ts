import { loginViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { startLoginQuery } from '../login/login-routes.ts';
import { problem } from './problems.ts';

/** Paths outside the table of operations: they need no token, or only that of the metrics scraper. */

const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});
/** A page for a person that says what failed. */
const failed = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } });
const tooManyFailures = 'Too many failed logins from this address within a minute';
const checks = z.object({ status: z.string(), checks: z.record(z.string(), z.string()) });

const jsonSchema = (tag: string, summary: string, description: string): { get: ZodOpenApiOperationObject } => ({
  get: {
    tags: [tag],
    summary,
    security: [],
    responses: {
      '200': { description, content: { 'application/schema+json': { schema: z.record(z.string(), z.unknown()) } } },
    },
  },
});

export const openPaths: ZodOpenApiPathsObject = {
  '/plan.schema.json': jsonSchema('Plans', 'The JSON Schema of a plan file, for editors', 'JSON Schema, draft 2020-12'),
  '/drill.schema.json': jsonSchema('Drills', 'The JSON Schema of a runbook, for editors', 'The schema'),
  '/v1/login': {
    get: {
      tags: ['Access'],
      summary: 'How a browser can log in',
      security: [],
      responses: { '200': json('The login methods', loginViewSchema) },
    },
  },
  '/login/oidc': {
    get: {
      tags: ['Access'],
      summary: 'For browsers: redirects to the OIDC provider to log in',
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
      summary: 'For browsers: return from the OIDC provider; sets the session cookie',
      security: [],
      responses: {
        '303': { description: 'To `return_to`' },
        '404': failed('No provider is configured for browsers'),
        '401': failed('The provider did not log the user in, or its response is not valid'),
        '403': failed('The provider gives the user no role in Keyferry'),
        '429': failed(tooManyFailures),
        '503': failed('The provider, or Postgres, does not answer'),
      },
    },
  },
  '/metrics': {
    get: {
      tags: ['Health'],
      summary:
        'Metrics of the installation and the API in Prometheus text format; needs a token without a scope, or none with KEYFERRY_METRICS_OPEN',
      security: [{ token: [] }, {}],
      responses: {
        '200': { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
        '401': problem(401),
        '403': problem(403),
        '429': problem(429),
        '503': problem(503),
      },
    },
  },
  '/healthz': {
    get: {
      tags: ['Health'],
      summary: 'The process is alive',
      security: [],
      responses: { '200': json('Alive', z.object({ status: z.string() })) },
    },
  },
  '/version': {
    get: {
      tags: ['Health'],
      summary: 'The release, and its newest migration',
      security: [],
      responses: { '200': json('The release', z.object({ version: z.string(), schema: z.string() })) },
    },
  },
  '/readyz': {
    get: {
      tags: ['Health'],
      summary: 'Postgres and the queue answer and accept writes',
      security: [],
      responses: {
        '200': json('Ready', checks),
        '503': json('Which of them does not answer or refuses writes', checks),
      },
    },
  },
};
