import type { RegionGroup } from '@keyferry/core';
import { inTransaction, type Store } from '../store.ts';

/** A named list of Regions as it is stored. */
export interface RegionGroupRow {
  readonly name: string;
  readonly regions: readonly string[];
  readonly accounts: Readonly<Record<string, readonly string[]>>;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

/** All groups by name, or those of the names. */
export async function readRegionGroups(store: Store, names?: readonly string[]): Promise<RegionGroupRow[]> {
  const rows = await store.prisma.regionGroup.findMany({
    ...(names === undefined ? {} : { where: { name: { in: [...names] } } }),
    orderBy: { name: 'asc' },
  });
  return rows.map((row) => ({ ...row, accounts: row.accounts as Record<string, string[]> }));
}

/** Makes a group, or puts another list in its place. Plans that named it keep what it said before. */
export async function writeRegionGroup(
  store: Store,
  name: string,
  { regions, accounts = {} }: RegionGroup,
  updatedBy: string,
): Promise<void> {
  const data = { regions: [...regions], accounts, updatedAt: new Date(), updatedBy };
  const write = { where: { name }, create: { name, ...data }, update: data };
  await inTransaction(store, (tx) => tx.regionGroup.upsert(write));
}

/** Answers false when there is no such group. */
export async function deleteRegionGroup(store: Store, name: string): Promise<boolean> {
  const { count } = await inTransaction(store, (tx) => tx.regionGroup.deleteMany({ where: { name } }));
  return count === 1;
}
