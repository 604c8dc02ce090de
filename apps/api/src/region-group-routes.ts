import { type RegionGroupView, regionGroupNameSchema } from '@keyferry/core';
import {
  deleteRegionGroup,
  type RegionGroupRow,
  readRegionGroups,
  type Store,
  writeRegionGroup,
} from '@keyferry/store';
import { z } from 'zod';
import { asCaller } from './http/as-caller.ts';
import { routes } from './http/operation-routes.ts';
import { absent, parseInput } from './http/problem.ts';

const nameParams = z.object({ name: regionGroupNameSchema });

/** Region groups: what `group:<name>` stands for in the plans that are submitted from now on. */
export function regionGroupRoutes(store: Store) {
  return routes({
    'GET /v1/region-groups': async () => ({ items: (await readRegionGroups(store)).map(view), next_cursor: null }),

    'GET /v1/region-groups/{name}': async ({ name }) => view(await mustRead(store, name)),

    'PUT /v1/region-groups/{name}': async (asked) => {
      const { name } = parseInput(nameParams, asked.request.params);
      await writeRegionGroup(asCaller(store, asked.response), name, asked.body, asked.caller);
      return view(await mustRead(store, name));
    },

    'DELETE /v1/region-groups/{name}': async ({ name, response }) => {
      if (!isName(name) || !(await deleteRegionGroup(asCaller(store, response), name)))
        throw absent('Region group', name);
    },
  });
}

async function mustRead(store: Store, name: string): Promise<RegionGroupRow> {
  const [group] = isName(name) ? await readRegionGroups(store, [name]) : [];
  if (!group) throw absent('Region group', name);
  return group;
}

/** Postgres would refuse to look for some others. */
const isName = (name: string): boolean => regionGroupNameSchema.safeParse(name).success;

function view({ name, regions, accounts, updatedAt, updatedBy }: RegionGroupRow): RegionGroupView {
  return {
    name,
    regions: [...regions],
    accounts: Object.fromEntries(Object.entries(accounts).map(([account, list]) => [account, [...list]])),
    updated_at: updatedAt.toISOString(),
    updated_by: updatedBy,
  };
}
