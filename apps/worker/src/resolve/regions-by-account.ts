import type { KmsContainer } from '@keyferry/cckm';

/**
 * The Regions of the containers that are in use, by account: none where all of its containers are archived. An account that
 * is not there has no container, or one of which CCKM states no Regions.
 */
export function regionsByAccount(containers: readonly KmsContainer[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { account, archived, regions } of containers) {
    if (account === null || (regions.length === 0 && !archived)) continue;
    found.set(account, new Set([...(found.get(account) ?? []), ...(archived ? [] : regions)]));
  }
  return found;
}
