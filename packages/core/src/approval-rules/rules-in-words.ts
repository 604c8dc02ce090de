import { countOf, inSentence } from '../text/listed.ts';
import type { AskingRulesView } from './asking-rules.ts';
import type { ApprovalRule } from './rules.ts';

/** Which rules ask for approvals: `rule prod of version 3`; null: none does. */
export function askingRulesInWords({ version, names }: AskingRulesView): string | null {
  if (version === null || names.length === 0) return null;
  return `${names.length === 1 ? 'rule' : 'rules'} ${inSentence(names)} of version ${version}`;
}

/** A rule as a sentence: `2 approvals for plans and schedules into or from us-east-1`. */
export function ruleInWords({ for: subjects, when, approvals }: ApprovalRule): string {
  const about = subjects === undefined ? 'anything' : inSentence(subjects.map((one) => `${one}s`));
  const conditions = [
    ...(when.operations === undefined ? [] : [`that ${when.operations.join(' or ')}`]),
    ...(when.accounts === undefined ? [] : [`with keys of ${when.accounts.join(' or ')}`]),
    ...(when.regions === undefined ? [] : [`from or into ${when.regions.join(' or ')}`]),
    ...(when.policy_change === undefined ? [] : ['that set a key policy']),
    ...(when.min_replicas === undefined ? [] : [`of at least ${countOf(when.min_replicas, 'replica')}`]),
  ];
  return [`${countOf(approvals, 'approval')} for ${about}`, ...conditions].join(', ');
}
