import { z } from 'zod';

/** The rules that ask for approvals of a plan or a drill. */
export const askingRulesViewSchema = z
  .object({
    version: z.int().min(1).nullable().describe('The version of these rules; null: no rule requires approvals'),
    names: z.array(z.string()),
  })
  .meta({ id: 'AskingRules' });

export type AskingRulesView = z.infer<typeof askingRulesViewSchema>;
