import { approvalRulesHistorySchema, approvalRulesViewSchema, newApprovalRulesSchema } from '@keyferry/core';
import { z } from 'zod';
import { admins, declare, everyone, json } from './operation.ts';

const tag = 'Approval rules';

export const approvalRulesOperations = declare({
  'GET /v1/approval-rules': {
    tag,
    summary: 'Read the approval rules: which plans, schedules and drills need which approvals',
    answers: { 200: json('The current rules', approvalRulesViewSchema) },
    roles: everyone,
    scope: 'open',
  },
  'PUT /v1/approval-rules': {
    tag,
    summary: 'Replace all rules',
    description:
      'This creates a new version. It also applies to plans and drills that have not started: they may need more approvals ' +
      'than before, never fewer.',
    body: { schema: newApprovalRulesSchema },
    answers: { 200: json('The rules, changed or unchanged', approvalRulesViewSchema) },
    problems: [409, 422],
    roles: admins,
    scope: 'everything',
    audit: 'approval_rules.put',
  },
  'GET /v1/approval-rules/versions': {
    tag,
    summary: 'List all versions of the rules, newest first',
    query: z.strictObject({
      limit: z.coerce.number<number>().int().min(1).max(20).default(10),
      before: z.coerce
        .number<number>()
        .int()
        .min(1)
        .max(2_147_483_647)
        .optional()
        .describe('Only versions older than this one'),
    }),
    answers: { 200: json('A page', approvalRulesHistorySchema) },
    problems: [422],
    roles: everyone,
    scope: 'open',
  },
});
