import type { ApprovalRule, NewApprovalRules } from '@keyferry/core';
import { canonicalSha256 } from '../plans/canonical-sha256.ts';
import { inTransaction, type Prisma, type Store, sqlState } from '../store.ts';

/*
 * The rules of the installation about who needs which approvals. A version is all of them, and stays; the newest is in
 * force. Which of them ask for approvals of what Postgres says, in `approval_rules_asking`.
 */

/** A version of the rules as it is stored. */
export interface ApprovalRulesRow {
  readonly version: number;
  readonly rules: readonly ApprovalRule[];
  readonly sha256: string;
  readonly author: string;
  readonly comment: string | null;
  readonly createdAt: Date;
}

/** The rules in force; null: there were never any. */
export async function readApprovalRules(store: Store): Promise<ApprovalRulesRow | null> {
  const [newest] = await listApprovalRules(store, { limit: 1, before: null });
  return newest ?? null;
}

/** Versions, newest first; `before`: older than this one. */
export async function listApprovalRules(
  { prisma }: Store,
  { limit, before }: { limit: number; before: number | null },
): Promise<ApprovalRulesRow[]> {
  const rows = await prisma.approvalRules.findMany({
    ...(before === null ? {} : { where: { version: { lt: before } } }),
    orderBy: { version: 'desc' },
    take: limit,
  });
  return rows as unknown as ApprovalRulesRow[];
}

/**
 * Puts rules in the place of a version. Those that say the same already make no new one; `conflict`: another version has
 * come since.
 */
export async function putApprovalRules(
  store: Store,
  { rules, version, comment }: NewApprovalRules,
  author: string,
): Promise<'put' | 'unchanged' | 'conflict'> {
  const sha256 = canonicalSha256(rules);
  const newest = await readApprovalRules(store);
  if (newest?.sha256 === sha256) return 'unchanged';
  if ((newest?.version ?? 0) !== version) return 'conflict';
  const data = { version: version + 1, rules: rules as unknown as Prisma.InputJsonArray, sha256, author, comment };
  try {
    await inTransaction(store, (tx) => tx.approvalRules.createMany({ data: [data] }));
  } catch (error) {
    if (isTaken(error)) return 'conflict';
    throw error;
  }
  return 'put';
}

/** The SQLSTATE of a unique violation, and what Prisma makes of it. */
const isTaken = (error: unknown): boolean =>
  sqlState(error) === '23505' || (error as { code?: unknown } | null)?.code === 'P2002';
