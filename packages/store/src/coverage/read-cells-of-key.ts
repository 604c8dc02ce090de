import { cellPlace, showDiff } from '../seal/policies.ts';
import type { Store } from '../store.ts';
import type { CoverageCellOfKey } from './read-cells.ts';

/** What a policy's newest check found of a key in a Region. */
export type PolicyCellOfKey = CoverageCellOfKey & {
  readonly policy: string;
  readonly check_id: string;
  readonly checked_at: Date;
};

/** What the newest check of each policy that is done found of a key, by policy and Region. */
export async function listCellsOfKey(
  store: Store,
  { mrk, account }: { mrk: string; account: string },
): Promise<PolicyCellOfKey[]> {
  const rows = await store.prisma.$queryRaw<PolicyCellOfKey[]>`
    SELECT k.position, k.key_id, k.mrk, k.key_arn, k.alias, k.account, k.primary_region, k.origin,
      c.region, c.state, c.code, c.message, c.member_id, c.key_state, c.valid_to, c.diff, c.material,
      p.name AS policy, newest.id AS check_id, newest.finished_at AS checked_at
    FROM coverage_policies p
    CROSS JOIN LATERAL (
      SELECT id, finished_at FROM coverage_checks
      WHERE policy_name = p.name AND drill_id IS NULL AND state = 'done' ORDER BY id DESC LIMIT 1) newest
    JOIN coverage_keys k ON k.check_id = newest.id AND k.mrk = ${mrk} AND k.account = ${account}
    JOIN coverage_cells c ON c.check_id = k.check_id AND c.position = k.position
    ORDER BY p.name, c.region COLLATE "C"`;
  return rows.map((row) => ({ ...row, diff: showDiff(store.seal, row.diff, cellPlace(row.mrk, row.region)) }));
}
