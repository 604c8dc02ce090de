import { z } from 'zod';
import { approvalRulesSchema } from '../approval-rules/rules.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

export const approvalRulesViewSchema = z
  .object({
    version: z.int().min(0).describe('0: there are no rules yet'),
    rules: approvalRulesSchema,
    sha256: z.string().nullable().describe('Over the rules as canonical JSON (RFC 8785); null of version 0'),
    author: z.string().nullable().describe('The caller who put it; null of version 0'),
    comment: z.string().nullable(),
    created_at: time.nullable().describe('Null of version 0'),
  })
  .meta({ id: 'ApprovalRules' });

export const approvalRulesHistorySchema = z
  .object({
    items: z.array(approvalRulesViewSchema).describe('Newest first'),
    next_before: z.int().min(1).nullable().describe('`before` of the next page; null: this is the last'),
  })
  .meta({ id: 'ApprovalRulesHistory' });

export type ApprovalRulesView = z.infer<typeof approvalRulesViewSchema>;
export type ApprovalRulesHistory = z.infer<typeof approvalRulesHistorySchema>;
