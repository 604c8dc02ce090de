import { type CoverageCellView, type CoverageCheckView, type CoveragePolicyView, coveredPercent } from '@keyferry/core';
import { type CoverageCellOfKey, type CoverageCheckRow, type CoveragePolicyRow, showRow } from '@keyferry/store';

export function checkView({ policy_name: policy, tries, ...row }: CoverageCheckRow): CoverageCheckView {
  const { state, counts } = row;
  return {
    ...showRow(row),
    policy,
    covered_percent: counts === null ? null : coveredPercent(counts),
    passed: state === 'done' && counts !== null && counts.total > 0 && counts.covered === counts.total,
  };
}

export function policyView(
  row: CoveragePolicyRow,
  last: CoverageCheckRow | null,
  newest: CoveragePolicyView['newest_check'],
): CoveragePolicyView {
  return {
    ...showRow(row),
    description: row.spec.description ?? null,
    last_check: last && checkView(last),
    newest_check: newest,
  };
}

export function cellView({ position, ...row }: CoverageCellOfKey): CoverageCellView {
  const { mrk, account, primary_region } = row;
  return {
    ...showRow(row),
    mrk: mrk || null,
    account: account || null,
    primary_region: primary_region || null,
  };
}
