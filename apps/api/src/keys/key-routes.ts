import type { EstateKeyView } from '@keyferry/core';
import {
  countEstateKeys,
  type EstateFilter,
  type EstateKeyRow,
  listEstateKeys,
  readEstateStanding,
  type Store,
  wantEstate,
} from '@keyferry/store';
import { routes } from '../http/operation-routes.ts';

/**
 * `/v1/keys`: every key that CCKM lists with the Regions that it is in, by account and alias, as it was last read. Looking
 * keeps it fresh: a worker reads it again while somebody looks and it is old.
 */
export function keyRoutes(store: Store) {
  return routes({
    'GET /v1/keys': async ({ query: { limit, cursor, ...wanted } }) => {
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
      const { read_at: readAt, reading, failed_at: failedAt, error } = standing;
      const items = rows.slice(0, limit);
      return {
        items: items.map(keyView),
        next_cursor: rows.length > limit ? String(items.at(-1)?.position) : null,
        total: counted.keys,
        regions: counted.regions,
        read_at: readAt?.toISOString() ?? null,
        reading,
        error: error && failedAt ? { ...error, failed_at: failedAt.toISOString() } : null,
      };
    },
  });
}

function keyView({ position: _place, account, members, ...row }: EstateKeyRow): EstateKeyView {
  return { ...row, account: account || null, regions: members.map(({ id, ...member }) => ({ ...member, key_id: id })) };
}
