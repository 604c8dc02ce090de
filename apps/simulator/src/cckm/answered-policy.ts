import type { Settings } from '../settings.ts';

type Rewriting = Pick<Settings, 'rewritesPolicies' | 'policyOrder'>;

/**
 * A key policy as it is answered: AWS writes an account id as the ARN of its root user, and a list of one as that one; and
 * nobody promises an order. What it says stays the same.
 */
export function answeredPolicy(
  policy: unknown,
  partition: string,
  { rewritesPolicies, policyOrder }: Rewriting,
): unknown {
  const rewrite = (value: unknown, name: string | null): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((one) => rewrite(one, name));
      if (rewritesPolicies && items.length === 1 && name !== 'Statement') return items[0];
      return policyOrder === 'reversed' ? items.reverse() : items;
    }
    if (typeof value === 'string') return rewritesPolicies && name === 'AWS' ? rootArn(value, partition) : value;
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([field, inner]): [string, unknown] => [field, rewrite(inner, field)]);
    return Object.fromEntries(policyOrder === 'reversed' ? fields.reverse() : fields);
  };
  return rewrite(policy, null);
}

/** The accounts of CCKM's own list, as AWS writes them. */
export function answeredAccounts(accounts: readonly string[], partition: string, settings: Rewriting): string[] {
  return settings.rewritesPolicies ? accounts.map((account) => rootArn(account, partition)) : [...accounts];
}

function rootArn(name: string, partition: string): string {
  return /^\d{12}$/.test(name) ? `arn:${partition}:iam::${name}:root` : name;
}
