import type { CckmClient } from '@keyferry/cckm';
import type { CckmKey, PlanSpec } from '@keyferry/core';

const pageSize = 500;

/** All multi-Region keys that CCKM lists. */
export interface Inventory {
  readonly byId: ReadonlyMap<string, CckmKey>;
  readonly bySet: ReadonlyMap<string, readonly CckmKey[]>;
  readonly byAlias: ReadonlyMap<string, readonly CckmKey[]>;
}

/**
 * Reads the multi-Region inventory page by page. Key policies are the larger part of it, and are kept only where the plan
 * has one to compare with. Throws CckmError.
 */
export async function readInventory(cckm: CckmClient, spec: PlanSpec): Promise<Inventory> {
  const withPolicy = [spec.replica, ...spec.overrides.map(({ replica }) => replica)].some(
    ({ aws_param }) => aws_param?.Policy !== undefined,
  );
  const byId = new Map<string, CckmKey>();
  const bySet = new Map<string, CckmKey[]>();
  const byAlias = new Map<string, CckmKey[]>();
  for await (const page of cckm.eachKeyPage({ multi_region: true }, { pageSize })) {
    for (const listed of page.value) {
      if (byId.has(listed.id)) continue;
      const key = withPolicy && listed.multiRegionKeyType === 'REPLICA' ? listed : { ...listed, policy: null };
      byId.set(key.id, key);
      if (key.keyId !== null) put(bySet, key.keyId, key);
      for (const alias of key.aliases) put(byAlias, alias, key);
    }
  }
  return { byId, bySet, byAlias };
}

function put(index: Map<string, CckmKey[]>, name: string, key: CckmKey): void {
  const known = index.get(name);
  if (known) known.push(key);
  else index.set(name, [key]);
}
