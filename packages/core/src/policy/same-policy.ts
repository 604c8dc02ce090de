import { type PolicyStatement, policyStatements } from './policy-grants.ts';

/** In what two policies differ, as statements that only one of them has. */
export interface PolicyDifference {
  readonly missing: readonly unknown[];
  readonly extra: readonly unknown[];
}

/**
 * Compares two key policies by what they say, not by how they are written; null: they say the same. Never null where one
 * allows or denies what the other does not; policies of which one says in wider words what the other spells out differ.
 * `partition` is that of the key (`aws`, `aws-cn`, `aws-us-gov` …).
 */
export function comparePolicies(wanted: unknown, present: unknown, partition: string): PolicyDifference | null {
  const [of, other] = [statementsOf(wanted, partition), statementsOf(present, partition)];
  const difference = { missing: without(of, other), extra: without(other, of) };
  return difference.missing.length + difference.extra.length === 0 ? null : difference;
}

/** Whether two key policies say the same. */
export function samePolicy(one: unknown, other: unknown, partition: string): boolean {
  return comparePolicies(one, other, partition) === null;
}

function without(statements: readonly PolicyStatement[], others: readonly PolicyStatement[]): unknown[] {
  const known = new Set(others.flatMap(({ grants }) => grants));
  return statements.filter(({ grants }) => grants.some((grant) => !known.has(grant))).map(({ given }) => given);
}

/** The policy of a plan is compared with thousands of replicas. */
const read = new WeakMap<object, Map<string, PolicyStatement[]>>();

function statementsOf(policy: unknown, partition: string): PolicyStatement[] {
  if (typeof policy !== 'object' || policy === null) return policyStatements(policy, partition);
  const known = read.get(policy) ?? new Map<string, PolicyStatement[]>();
  read.set(policy, known);
  const statements = known.get(partition) ?? policyStatements(policy, partition);
  known.set(partition, statements);
  return statements;
}
