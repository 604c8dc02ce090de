import type { z } from 'zod';

/** What a promotion that does not say is approved by: two people other than its submitter. Fewer are refused. */
const leastApprovals = 2;

/** Fills in what a promotion has to be approved by where the plan does not say; anything else stays as it was given. */
export function withPromotionApprovals(input: unknown): unknown {
  if (!isRecord(input) || input.operation !== 'promote') return input;
  const { options = {} } = input;
  if (!isRecord(options)) return input;
  return { ...input, options: { require_approval: true, approvals: leastApprovals, ...options } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Promotes {
  readonly replica: object;
  readonly overrides: readonly unknown[];
  readonly regions: readonly string[];
  readonly account_regions?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly options: { readonly require_approval: boolean; readonly approvals: number };
}

/** What a plan may say that promotes: it makes nothing, so nothing can be set on it, and a key has one primary. */
export function promotionRules(spec: Promotes, context: z.core.$RefinementCtx): void {
  const refuse = (path: PropertyKey[], code: string, message: string) =>
    context.addIssue({ code: 'custom', path, params: { code }, message });
  const makesNothing = 'A promotion neither creates nor changes replicas: remove this.';
  const { replica, overrides, regions, account_regions: byAccount = {}, options } = spec;
  if (Object.keys(replica).length > 0) refuse(['replica'], 'not_for_promotion', makesNothing);
  if (overrides.length > 0) refuse(['overrides'], 'not_for_promotion', makesNothing);
  const lists = [
    { path: ['regions'], regions },
    ...Object.entries(byAccount).map(([account, regions]) => ({ path: ['account_regions', account], regions })),
  ];
  for (const { path, regions } of lists) {
    if (new Set(regions).size < 2) continue;
    const where = 'A key has its primary in one Region: name one Region here. If it differs by key, use a manifest.';
    refuse(path, 'one_region', where);
  }
  if (!options.require_approval) {
    const message = 'A promotion always needs approval: remove this, or set it to true.';
    refuse(['options', 'require_approval'], 'promotion_unapproved', message);
  }
  if (options.approvals < leastApprovals) {
    const message = `A promotion needs at least ${leastApprovals} approvers: remove this, or set more.`;
    refuse(['options', 'approvals'], 'promotion_unapproved', message);
  }
}
