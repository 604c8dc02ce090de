import {
  coverageCellViewSchema,
  coverageCheckViewSchema,
  coverageMatrixViewSchema,
  coveragePolicyNameSchema,
  coveragePolicySchema,
  coveragePolicyViewSchema,
  planViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { cellsQuery, closeSchema, coverageMatrixQuery } from '../coverage/check-routes.ts';
import { askQuery, listChecksQuery, listPoliciesQuery } from '../coverage/policy-routes.ts';
import { json, page } from './answers.ts';
import { idempotencyHeader } from './idempotency-header.ts';
import { problems } from './problems.ts';

const tags = ['Coverage'];
const policyName = z.object({ name: coveragePolicyNameSchema.describe('Name of the policy') });
const checkId = z.object({ id: z.uuid().describe('Check id') });
const policyBody = { required: true, content: { 'application/json': { schema: coveragePolicySchema } } };
const asked = {
  '200': json('The same check, which was asked for and not begun yet', coverageCheckViewSchema),
  '202': json('The check, which a worker makes', coverageCheckViewSchema),
};

export const coveragePaths: ZodOpenApiPathsObject = {
  '/v1/coverage/policies': {
    get: {
      tags,
      summary: 'List coverage policies by name, each with its newest check',
      requestParams: { query: listPoliciesQuery },
      responses: { '200': json('A page', page(coveragePolicyViewSchema)), ...problems('422') },
    },
  },
  '/v1/coverage/policies/{name}': {
    get: {
      tags,
      summary: 'Read a coverage policy',
      requestParams: { path: policyName },
      responses: { '200': json('The policy', coveragePolicyViewSchema), ...problems('404') },
    },
    put: {
      tags,
      summary: 'Say which keys must be usable in which Regions; the same again changes nothing',
      requestParams: { path: policyName },
      requestBody: policyBody,
      responses: {
        '200': json('The policy, changed or as it was', coveragePolicyViewSchema),
        '201': json('The policy, new', coveragePolicyViewSchema),
        ...problems('422'),
      },
    },
    delete: {
      tags,
      summary: 'Delete a coverage policy; its checks stay',
      requestParams: { path: policyName },
      responses: { '204': { description: 'Deleted' }, ...problems('404') },
    },
  },
  '/v1/coverage/policies/{name}/checks': {
    get: {
      tags,
      summary: 'The checks of a policy, newest first: its history',
      requestParams: { path: policyName, query: listChecksQuery },
      responses: { '200': json('A page', page(coverageCheckViewSchema)), ...problems('404', '422') },
    },
    post: {
      tags,
      summary: 'Check a policy now',
      requestParams: { path: policyName, query: askQuery },
      responses: { ...asked, ...problems('404', '422') },
    },
  },
  '/v1/coverage/checks': {
    post: {
      tags,
      summary: 'Check a policy that is not stored',
      requestParams: { query: askQuery },
      requestBody: policyBody,
      responses: { ...asked, ...problems('422') },
    },
  },
  '/v1/coverage/checks/{id}': {
    get: {
      tags,
      summary: 'Read a check: its state, counts and verdict',
      requestParams: { path: checkId },
      responses: { '200': json('The check', coverageCheckViewSchema), ...problems('404') },
    },
  },
  '/v1/coverage/checks/{id}/cells': {
    get: {
      tags,
      summary: 'What a check found of each key × Region, and what to do',
      requestParams: { path: checkId, query: cellsQuery },
      responses: { '200': json('A page', page(coverageCellViewSchema)), ...problems('404', '409', '422') },
    },
  },
  '/v1/coverage/checks/{id}/matrix': {
    get: {
      tags,
      summary: 'The keys of a check with a letter for each Region',
      requestParams: { path: checkId, query: coverageMatrixQuery },
      responses: { '200': json('A page', coverageMatrixViewSchema), ...problems('404', '409', '422') },
    },
  },
  '/v1/coverage/checks/{id}/plan': {
    post: {
      tags,
      summary: 'Make the plan of the replicas that a check found missing',
      requestParams: { path: checkId, header: idempotencyHeader },
      requestBody: { required: true, content: { 'application/json': { schema: closeSchema } } },
      responses: {
        '202': json('The plan', planViewSchema),
        '200': json('The plan that this Idempotency-Key made before', planViewSchema),
        ...problems('404', '409', '422'),
      },
    },
  },
};
