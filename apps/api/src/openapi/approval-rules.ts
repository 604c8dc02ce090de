import { approvalRulesHistorySchema, approvalRulesViewSchema, newApprovalRulesSchema } from '@keyferry/core';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { approvalRulesHistoryQuery } from '../approval-rules-routes.ts';
import { json } from './answers.ts';
import { problems } from './problems.ts';

export const approvalRulesPaths: ZodOpenApiPathsObject = {
  '/v1/approval-rules': {
    get: {
      tags: ['Approval rules'],
      summary: 'Which plans, schedules and drills need which approvals, whoever submits them',
      responses: { '200': json('The rules in force', approvalRulesViewSchema), ...problems() },
    },
    put: {
      tags: ['Approval rules'],
      summary: 'Replace all rules',
      description:
        'They make a new version. Plans and drills that have not started are judged by it, too: they may need more approvals ' +
        'than before, never fewer.',
      requestBody: { required: true, content: { 'application/json': { schema: newApprovalRulesSchema } } },
      responses: {
        '200': json('The rules, changed or as they were', approvalRulesViewSchema),
        ...problems('409', '422'),
      },
    },
  },
  '/v1/approval-rules/versions': {
    get: {
      tags: ['Approval rules'],
      summary: 'All versions of the rules, newest first',
      requestParams: { query: approvalRulesHistoryQuery },
      responses: { '200': json('A page', approvalRulesHistorySchema), ...problems('422') },
    },
  },
};
