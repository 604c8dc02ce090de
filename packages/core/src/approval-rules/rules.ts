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
    .min(1, 'Name at least one operation, or leave the list out.')
    .max(planOperations.length)
    .optional()
    .describe('Plans that do one of these'),
  accounts: z
    .array(accountSchema)
    .min(1, 'Name at least one account, or leave the list out.')
    .max(mostAccountsOfRule)
    .optional()
    .describe('Plans with a key of one of these AWS accounts'),
  regions: z
    .array(regionSchema)
    .min(1, 'Name at least one Region, or leave the list out.')
    .max(64)
    .optional()
    .describe('Plans from or into one of these Regions'),
  policy_change: z
    .literal(true, 'Write true, or leave it out.')
    .optional()
    .describe('Plans that set the key policy of replicas, in whatever way'),
  min_replicas: z.int().min(1).max(1_000_000).optional().describe('Plans that make or move at least so many replicas'),
});

export const approvalRuleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'A rule name has up to 63 lower-case letters, digits, "-" and "_".')
    .describe('Shown to those who ask why a plan needs approvals'),
  for: z
    .array(z.enum(ruleSubjects))
    .min(1, 'Name at least one, or leave it out.')
    .max(ruleSubjects.length)
    .optional()
    .describe(
      '`plan`: submitted by hand; `schedule`: submitted by a schedule; `drill`: drills. A drill that makes plans is judged by the rules for plans, too. Left out: all',
    ),
  when: conditionsSchema.describe('All that is given must be so. Empty: always'),
  approvals: z.int().min(1).max(5).describe('How many different people approve'),
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
  version: z.int().min(0).describe('The version that these rules replace; 0: there were none'),
  comment: approvalCommentSchema.default(null).describe('Why they are changed, for the audit log'),
});

/** A file of rules. */
export const approvalRulesFileSchema = z.strictObject({
  rules: approvalRulesSchema,
  version: z.int().min(0).optional().describe('The version that they replace; left out: whichever is in force'),
});

export type ApprovalRule = z.infer<typeof approvalRuleSchema>;
export type ApprovalRulesFile = z.infer<typeof approvalRulesFileSchema>;
export type NewApprovalRules = z.infer<typeof newApprovalRulesSchema>;
