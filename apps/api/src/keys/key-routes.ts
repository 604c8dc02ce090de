import type { EstateKeyView, EstateView } from '@keyferry/core';
import {
  countEstateKeys,
  type EstateFilter,
  type EstateKeyRow,
  listEstateKeys,
  readEstateStanding,
  type Store,
  wantEstate,
} from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { pageQuery } from '../http/page.ts';
import { parseInput } from '../http/problem.ts';

const region = z.string().min(1).max(64);

export const listKeysQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'Give the next_cursor of the page before, unchanged.')
    .transform(Number)
    .optional()
    .meta({ override: { type: 'string' } }),
  q: z.string().min(1).max(256).optional().describe('In alias, key id or account, in any case'),
  account: z.string().min(1).max(64).optional(),
  region: region.optional().describe('Keys that are there, and not pending deletion'),
  missing_in: region.optional().describe('Keys that are not'),
  multi_region: z.enum(['true', 'false']).optional(),
});

/**
 * `/v1/keys`: every key that CCKM lists with the Regions that it is in, by account and alias, as it was last read. Looking
 * keeps it fresh: a worker reads it again while somebody looks and it is old.
 */
export function keyRoutes(store: Store): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const { limit, cursor, ...wanted } = parseInput(listKeysQuery, request.query);
    const filter: EstateFilter = {
      text: wanted.q ?? null,
      account: wanted.account ?? null,
      region: wanted.region ?? null,
      missingIn: wanted.missing_in ?? null,
      multiRegion: wanted.multi_region === undefined ? null : wanted.multi_region === 'true',
    };
    await wantEstate(store);
    const [standing, counted, rows] = await Promise.all([
      readEstateStanding(store),
      countEstateKeys(store, filter),
      listEstateKeys(store, filter, { after: cursor ?? -1, limit: limit + 1 }),
    ]);
    const { readAt, reading, failedAt, error } = standing;
    const items = rows.slice(0, limit);
    const view: EstateView = {
      items: items.map(keyView),
      next_cursor: rows.length > limit ? String(items.at(-1)?.position) : null,
      total: counted.keys,
      regions: counted.regions,
      read_at: readAt?.toISOString() ?? null,
      reading,
      error: error && failedAt ? { ...error, failed_at: failedAt.toISOString() } : null,
    };
    response.json(view);
  });
  return router;
}

function keyView(row: EstateKeyRow): EstateKeyView {
  return {
    key_id: row.keyId,
    mrk: row.mrk,
    account: row.account || null,
    alias: row.alias,
    origin: row.origin,
    multi_region: row.multiRegion,
    primary_region: row.primaryRegion,
    regions: row.members.map(({ id, ...member }) => ({ ...member, key_id: id })),
  };
}
