import {
  type CoverageCode,
  coverageCellViewSchema,
  coverageCheckViewSchema,
  coverageFindings,
  coverageMatrixViewSchema,
  coveragePolicyNameSchema,
  coveragePolicySchema,
  coveragePolicyViewSchema,
  coverageStates,
  optionsSchema,
  planViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import { declare, everyone, json, operators } from './operation.ts';
import {
  flag,
  idempotencyHeader,
  keyText,
  limit,
  matrixCursor,
  matrixOffset,
  page,
  pageQuery,
  regionText,
} from './parameters.ts';

const read = { tag: 'Coverage', roles: everyone, scope: 'everything' } as const;
const change = { tag: 'Coverage', roles: operators, scope: 'everything' } as const;

const policyName = z.object({ name: coveragePolicyNameSchema.describe('Name of the policy') });
const checkId = z.object({ id: z.uuid().describe('Check id') });
const proof = z.strictObject({
  proof: flag
    .default('false')
    .describe('true: every member is read from AWS one by one, and its key material compared; takes longer'),
});
const state = z
  .union([z.enum(coverageStates).transform((one) => [one]), z.array(z.enum(coverageStates)).min(1).max(20)])
  .optional()
  .meta({ override: { type: 'array', items: { type: 'string', enum: [...coverageStates] } } });
const asked = {
  200: json('The same check, requested earlier and not started yet', coverageCheckViewSchema),
  202: json('The check, run by a worker', coverageCheckViewSchema),
};

export const coverageOperations = declare({
  'GET /v1/coverage/policies': {
    ...read,
    summary: 'List coverage policies by name, each with its newest check',
    query: z.strictObject({ limit, cursor: coveragePolicyNameSchema.optional() }),
    answers: { 200: json('A page', page(coveragePolicyViewSchema)) },
    problems: [422],
  },
  'GET /v1/coverage/policies/{name}': {
    ...read,
    summary: 'Read a coverage policy',
    path: policyName,
    answers: { 200: json('The policy', coveragePolicyViewSchema) },
    problems: [404],
  },
  'PUT /v1/coverage/policies/{name}': {
    ...change,
    summary: 'Create or replace a coverage policy: which keys must be usable in which Regions',
    path: policyName,
    body: { schema: coveragePolicySchema, large: true },
    answers: {
      200: json('The policy, changed or unchanged', coveragePolicyViewSchema),
      201: json('The new policy', coveragePolicyViewSchema),
    },
    problems: [422],
    audit: 'coverage.put',
  },
  'DELETE /v1/coverage/policies/{name}': {
    ...change,
    summary: 'Delete a coverage policy; its checks are kept',
    path: policyName,
    answers: { 204: { description: 'Deleted' } },
    problems: [404],
    audit: 'coverage.delete',
  },
  'GET /v1/coverage/policies/{name}/checks': {
    ...read,
    summary: 'List the checks of a policy, newest first',
    path: policyName,
    query: z.strictObject(pageQuery),
    answers: { 200: json('A page', page(coverageCheckViewSchema)) },
    problems: [404, 422],
  },
  'POST /v1/coverage/policies/{name}/checks': {
    ...change,
    summary: 'Check a policy now',
    path: policyName,
    query: proof,
    answers: asked,
    problems: [404, 422],
    cost: 50,
    audit: 'coverage.check',
  },
  'POST /v1/coverage/checks': {
    ...change,
    summary: 'Check a policy that is not stored',
    query: proof,
    body: { schema: coveragePolicySchema, large: true },
    answers: asked,
    problems: [422],
    cost: 50,
    audit: 'coverage.check',
  },
  'GET /v1/coverage/checks/{id}': {
    ...read,
    summary: 'Read a check: its state, counts and verdict',
    path: checkId,
    answers: { 200: json('The check', coverageCheckViewSchema) },
    problems: [404],
  },
  'GET /v1/coverage/checks/{id}/cells': {
    ...read,
    summary: 'List the cells of a check: the finding for each key-Region pair, and the fix',
    path: checkId,
    query: z.strictObject({
      limit,
      cursor: z
        .string()
        .regex(/^\d{1,9}\.[a-z0-9-]{1,64}$/, 'Use the next_cursor of the previous page, unchanged.')
        .optional(),
      state,
      code: z.enum(Object.keys(coverageFindings) as CoverageCode[]).optional(),
      region: regionText,
      key: z.string().min(1).max(2048).optional().describe('CCKM id of the primary, or AWS key id'),
      q: keyText,
    }),
    answers: { 200: json('A page', page(coverageCellViewSchema)) },
    problems: [404, 409, 422],
  },
  'GET /v1/coverage/checks/{id}/matrix': {
    ...read,
    summary: 'Read the matrix of a check: its keys, with one letter per Region',
    path: checkId,
    query: z
      .strictObject({
        limit,
        cursor: matrixCursor,
        offset: matrixOffset.describe('Position of the first key among those that match the filter, from 0'),
        state: state.describe('Only keys with a cell in this state'),
        region: regionText.describe('Only keys that are required in this Region; with `state`: in this state there'),
        q: keyText,
      })
      .refine(({ cursor, offset }) => cursor === undefined || offset === undefined, {
        path: ['offset'],
        message: 'Give either `cursor` or `offset`.',
      }),
    answers: { 200: json('A page', coverageMatrixViewSchema) },
    problems: [404, 409, 422],
    cost: 3,
  },
  'POST /v1/coverage/checks/{id}/plan': {
    ...change,
    summary: 'Create the plan for the replicas that a check found missing',
    path: checkId,
    headers: idempotencyHeader,
    body: {
      schema: z.strictObject({
        mode: z.enum(['execute', 'preview']).default('execute'),
        name: z.string().trim().min(1).max(200).optional().describe('Default: "coverage" and the name of the policy'),
        options: optionsSchema.partial().optional().describe('Override the options of the policy'),
      }),
      required: false,
      mostBytes: 1024 * 1024,
    },
    answers: {
      202: json('The plan', planViewSchema),
      200: json('The plan that this Idempotency-Key created before', planViewSchema),
    },
    problems: [404, 409, 422],
    cost: 10,
    audit: 'coverage.plan',
  },
});
