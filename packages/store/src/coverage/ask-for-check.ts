import { openCheckStates } from '@keyferry/core';
import { databaseNow } from '../database-now.ts';
import { canonicalSha256 } from '../plans/canonical-sha256.ts';
import { inTransaction, type Store } from '../store.ts';
import { fixCoverageRegions } from './fix-coverage-regions.ts';
import { nextCheck, readPolicy } from './policies.ts';
import { type CheckToRequest, requestCheck } from './request-check.ts';

/** Policies whose time has come, the longest due first. */
export async function findDuePolicies({ prisma }: Store): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ name: string }[]>`
    SELECT name FROM coverage_policies WHERE next_check_at <= now() ORDER BY next_check_at LIMIT 100`;
  return rows.map(({ name }) => name);
}

/**
 * Asks for the check of a policy that is due, and moves its schedule on in the same transaction. Of any number of workers
 * one does; however many times have passed, one check is made for all of them, and none while one of the policy is not done.
 * Answers its id; null: none was asked for.
 */
export async function requestDueCheck(store: Store, name: string): Promise<string | null> {
  const now = await databaseNow(store.prisma);
  const policy = await readPolicy(store, name);
  if (!policy?.next_check_at || policy.next_check_at > now) return null;
  const fixed = await fixCoverageRegions(store, policy.spec);
  return inTransaction(store, async (tx) => {
    const moved = await tx.coveragePolicy.updateMany({
      where: { name, revision: policy.revision },
      data: { revision: { increment: 1 }, nextCheckAt: nextCheck(policy.spec, now) },
    });
    if (moved.count === 0) return null;
    const unfinished = { policyName: name, drillId: null, state: { in: openCheckStates } };
    if ((await tx.coverageCheck.count({ where: unfinished })) > 0) return null;
    const check = { cause: 'scheduled' as const, requestedBy: policy.updated_by, policyName: name };
    if ('spec' in fixed) return requestCheck(store, tx, { ...check, spec: fixed.spec });
    const [first] = fixed.errors;
    const error = {
      code: first?.code ?? 'invalid_policy',
      message: first?.message ?? 'The policy is no longer valid.',
    };
    return requestCheck(store, tx, { ...check, spec: policy.spec, error });
  });
}

/**
 * Requests a check; if the same check is requested already and not started, it is that one. Answers its id, and
 * whether it is a new one.
 */
export function askForCheck(store: Store, check: CheckToRequest): Promise<{ id: string; created: boolean }> {
  return inTransaction(store, async (tx) => {
    const waiting = await tx.coverageCheck.findFirst({
      where: {
        policyName: check.policyName ?? null,
        drillId: null,
        state: 'pending',
        startedAt: null,
        proof: check.proof ?? false,
        specSha256: canonicalSha256(check.spec),
      },
      select: { id: true },
    });
    if (waiting !== null) return { id: waiting.id, created: false };
    return { id: await requestCheck(store, tx, check), created: true };
  });
}
