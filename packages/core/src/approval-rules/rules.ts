import { z } from 'zod';
import { planOperations } from '../plan/life.ts';
import { accountSchema } from '../regions/region-group.ts';
import { regionSchema } from '../regions/region-schema.ts';

/** The rules of an installation about which plans, schedules and drills need which approvals. Admins write them. */

/** What a rule may be about: plans that are submitted by hand, those of schedules, and drills. */
export const ruleSubjects = ['plan', 'schedule', 'drill'] as const;

export type RuleSubject = (typeof ruleSubjects)[number];

/** Rules of an installation. */
export const mostRules = 100;
const mostAccountsOfRule = 100;

const conditionsSchema = z.strictObject({
  operations: z
    .array(z.enum(planOperations))
    .min(1, 'Name at least one operation, or remove the list.')
    .max(planOperations.length)
    .optional()
    .describe('Matches plans with one of these operations'),
  accounts: z
    .array(accountSchema)
    .min(1, 'Name at least one account, or remove the list.')
    .max(mostAccountsOfRule)
    .optional()
    .describe('Matches plans with a key of one of these AWS accounts'),
  regions: z
    .array(regionSchema)
    .min(1, 'Name at least one Region, or remove the list.')
    .max(64)
    .optional()
    .describe('Matches plans from or into one of these Regions'),
  policy_change: z
    .literal(true, 'Write true, or remove it.')
    .optional()
    .describe('Matches plans that set the key policy of replicas in any way'),
  min_replicas: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Matches plans with at least this many replicas or promotions'),
});

export const approvalRuleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'A rule name has up to 63 lower-case letters, digits, "-" and "_".')
    .describe('Shown as the reason why a plan needs approvals'),
  for: z
    .array(z.enum(ruleSubjects))
    .min(1, 'Name at least one, or remove it.')
    .max(ruleSubjects.length)
    .optional()
    .describe(
      '`plan`: submitted by hand; `schedule`: submitted by a schedule; `drill`: drills. The plans of a drill are also judged by the rules for plans. Not set: all',
    ),
  when: conditionsSchema.describe('All given conditions must match. Empty: always'),
  approvals: z.int().min(1).max(5).describe('Number of different people who must approve'),
});

/** All rules of an installation, of which each has a name of its own. */
export const approvalRulesSchema = z
  .array(approvalRuleSchema)
  .max(mostRules, `An installation has at most ${mostRules} rules.`)
  .superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [at, { name }] of rules.entries()) {
      if (seen.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [at, 'name'],
          params: { code: 'repeated_name' },
          message: `Another rule is named "${name}".`,
        });
      }
      seen.add(name);
    }
  });

export const approvalCommentSchema = z.string().trim().min(1).max(2_000).nullable();

export const newApprovalRulesSchema = z.strictObject({
  rules: approvalRulesSchema,
  version: z.int().min(0).describe('The version that these rules replace; 0: none'),
  comment: approvalCommentSchema.default(null).describe('Reason of the change, for the audit log'),
});

/** A file of rules. */
export const approvalRulesFileSchema = z.strictObject({
  rules: approvalRulesSchema,
  version: z.int().min(0).optional().describe('The version that they replace; not set: the current one'),
});

export type ApprovalRule = z.infer<typeof approvalRuleSchema>;
export type ApprovalRulesFile = z.infer<typeof approvalRulesFileSchema>;
export type NewApprovalRules = z.infer<typeof newApprovalRulesSchema>;
