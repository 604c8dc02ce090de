import { type RegionGroupView, regionGroupNameSchema, regionGroupSchema } from '@keyferry/core';
import {
  deleteRegionGroup,
  type RegionGroupRow,
  readRegionGroups,
  type Store,
  writeRegionGroup,
} from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { asCaller } from './http/as-caller.ts';
import { absent, parseInput } from './http/problem.ts';

const nameParams = z.object({ name: regionGroupNameSchema });

/** Region groups: what `group:<name>` stands for in the plans that are submitted from now on. */
export function regionGroupRoutes(store: Store): Router {
  const router = Router();

  router.get('/', async (_request, response) => {
    response.json({ items: (await readRegionGroups(store)).map(view), next_cursor: null });
  });

  router.get('/:name', async (request, response) => {
    response.json(view(await mustRead(store, request.params.name)));
  });

  router.put('/:name', async (request, response) => {
    const { name } = parseInput(nameParams, request.params);
    const group = parseInput(regionGroupSchema, request.body);
    await writeRegionGroup(asCaller(store, response), name, group, response.locals.caller);
    response.json(view(await mustRead(store, name)));
  });

  router.delete('/:name', async (request, response) => {
    const { name } = request.params;
    if (!isName(name) || !(await deleteRegionGroup(asCaller(store, response), name)))
      throw absent('Region group', name);
    response.status(204).end();
  });

  return router;
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
