import type { AskingRulesView } from '../../approval-rules/asking-rules.ts';
import { askingRulesInWords } from '../../approval-rules/rules-in-words.ts';
import { type DecisionLine, saying } from './decision-section.ts';

/** Why approvals are needed, where rules of the installation ask for them. */
export function askedByRules(rules: AskingRulesView): DecisionLine[] {
  const asking = askingRulesInWords(rules);
  return asking === null ? [] : [saying('Approvals required by', asking)];
}
