import type { PlanOperation } from '../plan/life.ts';
import type { ApprovalRule, RuleSubject } from './rules.ts';

/*
 * Which rules ask for approvals of what. Postgres decides by the same rules, in `approval_rules_asking`: whatever version a
 * worker has, nothing starts without. A test compares the two.
 */

/** What rules look at. Null: not known yet, so it may be anything. */
export interface ApprovalFacts {
  /** A drill that makes plans is a plan, too. */
  readonly for: readonly RuleSubject[];
  readonly operations: readonly PlanOperation[];
  readonly accounts: readonly string[] | null;
  readonly regions: readonly string[];
  readonly policy_change: boolean;
  readonly replicas: number | null;
}

/** How many approvals the rules ask for, the most of any that matches; and the names of all that do. */
export function approvalsNeeded(
  rules: readonly ApprovalRule[],
  facts: ApprovalFacts,
): { readonly approvals: number; readonly names: readonly string[] } {
  const asking = rules.filter((rule) => matchesRule(rule, facts));
  return {
    approvals: Math.max(0, ...asking.map(({ approvals }) => approvals)),
    names: asking.map(({ name }) => name),
  };
}

function matchesRule({ for: subjects, when }: ApprovalRule, facts: ApprovalFacts): boolean {
  return (
    isAnyWanted(subjects, facts.for) &&
    isAnyWanted(when.operations, facts.operations) &&
    isAnyWanted(when.accounts, facts.accounts) &&
    isAnyWanted(when.regions, facts.regions) &&
    (when.policy_change === undefined || facts.policy_change) &&
    (when.min_replicas === undefined || facts.replicas === null || facts.replicas >= when.min_replicas)
  );
}

function isAnyWanted(wanted: readonly string[] | undefined, present: readonly string[] | null): boolean {
  return wanted === undefined || present === null || present.some((one) => wanted.includes(one));
}
