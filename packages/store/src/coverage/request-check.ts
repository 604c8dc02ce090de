import { allRegions, type CoverageCause, type CoverageSpec, planOfCoverage } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { canonicalSha256 } from '../plans/canonical-sha256.ts';
import { closeSpec } from '../seal/policies.ts';
import type { Prisma, Store, Transaction } from '../store.ts';

/** A check that is asked for. */
export interface CheckToRequest {
  /** Its Regions fixed, see fixCoverageRegions. */
  readonly spec: CoverageSpec;
  readonly cause: CoverageCause;
  readonly requestedBy: string;
  /** The stored policy that it is a check of; left out: none. */
  readonly policyName?: string | null;
  readonly drillId?: string | null;
  readonly proof?: boolean;
  /** A check that is done, whose cells are taken over, but for those of the keys in `spec` that can still change. */
  readonly continuesId?: string | null;
  /** It cannot be made: kept as one that failed, so that it is seen. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Asks for a check within a transaction: a worker makes it. Answers its id. */
export async function requestCheck(
  { seal }: Store,
  tx: Transaction,
  {
    spec,
    cause,
    requestedBy,
    policyName = null,
    drillId = null,
    proof = false,
    continuesId = null,
    error,
  }: CheckToRequest,
): Promise<string> {
  const id = newId();
  await tx.coverageCheck.create({
    data: {
      id,
      policyName,
      drillId,
      continuesId,
      spec: closeSpec(seal, spec, { table: 'coverage_checks', id }) as unknown as Prisma.InputJsonObject,
      specSha256: canonicalSha256(spec),
      cause,
      proof,
      requestedBy,
      regions: allRegions(planOfCoverage(spec)),
      ...(error === undefined ? {} : { state: 'failed', error: { ...error }, finishedAt: new Date() }),
    },
  });
  return id;
}
