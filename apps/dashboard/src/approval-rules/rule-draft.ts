import {
  type ApprovalRule,
  approvalRuleSchema,
  checkInput,
  type InputError,
  type PlanOperation,
  type RuleSubject,
} from '@keyferry/core';

/** A rule as it stands in the form: every condition, also those that are not given. */
export interface RuleDraft {
  readonly name: string;
  /** Empty: all. */
  readonly subjects: readonly RuleSubject[];
  readonly operations: readonly PlanOperation[];
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly policyChange: boolean;
  readonly minReplicas: number | '';
  readonly approvals: number | '';
}

export const emptyRule: RuleDraft = {
  name: '',
  subjects: [],
  operations: [],
  accounts: [],
  regions: [],
  policyChange: false,
  minReplicas: '',
  approvals: 1,
};

export function draftOfRule({ name, for: subjects = [], when, approvals }: ApprovalRule): RuleDraft {
  const { operations = [], accounts = [], regions = [], policy_change = false, min_replicas = '' } = when;
  return {
    name,
    subjects,
    operations,
    accounts,
    regions,
    policyChange: policy_change,
    minReplicas: min_replicas,
    approvals,
  };
}

/** The rule that a draft says, as the API takes it: what was left empty is left out. */
export function ruleOf(draft: RuleDraft): Record<string, unknown> {
  const { name, subjects, operations, accounts, regions, policyChange, minReplicas, approvals } = draft;
  return {
    name: name.trim(),
    ...(subjects.length === 0 ? {} : { for: subjects }),
    when: {
      ...(operations.length === 0 ? {} : { operations }),
      ...(accounts.length === 0 ? {} : { accounts }),
      ...(regions.length === 0 ? {} : { regions }),
      ...(policyChange ? { policy_change: true } : {}),
      ...(minReplicas === '' ? {} : { min_replicas: minReplicas }),
    },
    approvals,
  };
}

/** The rule that a draft says, or what is wrong with it; `others`: the names that are taken. */
export function checkRule(
  draft: RuleDraft,
  others: readonly string[],
): { readonly rule: ApprovalRule; readonly errors: readonly [] } | { readonly errors: readonly InputError[] } {
  const checked = checkInput(approvalRuleSchema, ruleOf(draft));
  const taken = others.includes(draft.name.trim())
    ? [{ path: 'name', code: 'repeated_name', message: 'Another rule has this name.' }]
    : [];
  if ('errors' in checked) return { errors: [...checked.errors, ...taken] };
  return taken.length > 0 ? { errors: taken } : { rule: checked.data, errors: [] };
}

/** The rules with one in the place of that of a name, or behind all others. */
export function withRule(rules: readonly ApprovalRule[], rule: ApprovalRule, name: string | null): ApprovalRule[] {
  const replaces = rules.some((one) => one.name === name);
  return replaces ? rules.map((one) => (one.name === name ? rule : one)) : [...rules, rule];
}
