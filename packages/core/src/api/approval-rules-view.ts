import { z } from 'zod';
import { approvalRulesSchema } from '../approval-rules/rules.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

export const approvalRulesViewSchema = z
  .object({
    version: z.int().min(0).describe('0: no rules yet'),
    rules: approvalRulesSchema,
    sha256: z.string().nullable().describe('SHA-256 over the rules as canonical JSON (RFC 8785); null for version 0'),
    author: z.string().nullable().describe('The caller who wrote it; null for version 0'),
    comment: z.string().nullable(),
    created_at: time.nullable().describe('Null of version 0'),
  })
  .meta({ id: 'ApprovalRules' });

export const approvalRulesHistorySchema = z
  .object({
    items: z.array(approvalRulesViewSchema).describe('Newest first'),
    next_before: z.int().min(1).nullable().describe('`before` for the next page; null: last page'),
  })
  .meta({ id: 'ApprovalRulesHistory' });

export type ApprovalRulesView = z.infer<typeof approvalRulesViewSchema>;
export type ApprovalRulesHistory = z.infer<typeof approvalRulesHistorySchema>;
