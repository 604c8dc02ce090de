import { type CoverageCellView, type CoverageCheckView, type CoveragePolicyView, coveredPercent } from '@keyferry/core';
import type { CoverageCellOfKey, CoverageCheckRow, CoveragePolicyRow } from '@keyferry/store';

export function checkView(row: CoverageCheckRow): CoverageCheckView {
  const { counts } = row;
  return {
    id: row.id,
    policy: row.policyName,
    drill_id: row.drillId,
    cause: row.cause,
    proof: row.proof,
    state: row.state,
    reason: row.reason,
    spec: row.spec && { ...row.spec },
    spec_sha256: row.specSha256,
    requested_by: row.requestedBy,
    requested_at: row.requestedAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    error: row.error,
    regions: [...row.regions],
    keys: row.keys,
    counts,
    by_region: [...row.byRegion],
    covered_percent: counts === null ? null : coveredPercent(counts),
    passed: row.state === 'done' && counts !== null && counts.total > 0 && counts.covered === counts.total,
    cells_kept: row.cellsKept,
  };
}

export function policyView(
  row: CoveragePolicyRow,
  last: CoverageCheckRow | null,
  newest: CoveragePolicyView['newest_check'],
): CoveragePolicyView {
  return {
    name: row.name,
    description: row.spec.description ?? null,
    spec: { ...row.spec },
    spec_sha256: row.specSha256,
    revision: row.revision,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_by: row.updatedBy,
    updated_at: row.updatedAt.toISOString(),
    next_check_at: row.nextCheckAt?.toISOString() ?? null,
    last_check: last && checkView(last),
    newest_check: newest,
  };
}

export function cellView(row: CoverageCellOfKey): CoverageCellView {
  return {
    key_id: row.keyId,
    mrk: row.mrk || null,
    key_arn: row.keyArn,
    alias: row.alias,
    account: row.account || null,
    primary_region: row.primaryRegion || null,
    origin: row.origin,
    region: row.region,
    state: row.state,
    code: row.code,
    message: row.message,
    member_id: row.memberId,
    key_state: row.keyState,
    valid_to: row.validTo?.toISOString() ?? null,
    diff: row.diff && [...row.diff],
    material: row.material && {
      ...row.material,
      ids: [...row.material.ids],
      primary_ids: [...row.material.primary_ids],
    },
  };
}
