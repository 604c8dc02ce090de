import { type EstateKeyView, parseKeyReference } from '@keyferry/core';
import {
  countEstateKeys,
  type EstateFilter,
  type EstateKeyRow,
  listCellsOfKey,
  listEstateKeys,
  listRowsOfKey,
  readEstateKey,
  readEstateStanding,
  type Store,
  wantEstate,
} from '@keyferry/store';
import { cellView } from '../coverage/coverage-views.ts';
import { routes } from '../http/operation-routes.ts';
import { pageOf } from '../http/page.ts';
import { absent, Problem } from '../http/problem.ts';
import { replicaView } from '../plans/replica-view.ts';

/**
 * `/v1/keys`: every key that CCKM lists with the Regions that it is in, by account and alias, as it was last read. Looking
 * keeps it fresh: a worker reads it again while somebody looks and it is old.
 */
export function keyRoutes(store: Store) {
  return routes({
    'GET /v1/keys': async ({ query: { limit, cursor, ...wanted } }) => {
      const filter: EstateFilter = {
        ...textOf(wanted.q, wanted.account),
        tag: tagOf(wanted.tag),
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

    'GET /v1/keys/{id}': async ({ id }) => {
      await wantEstate(store);
      const [key, { read_at: readAt }] = await Promise.all([mustRead(store, id), readEstateStanding(store)]);
      const regions = key.members.map(({ arn = null, tags = [], ...member }) => ({
        ...memberView(member),
        key_arn: arn,
        tags: [...tags],
      }));
      return { ...keyView(key), regions, read_at: readAt?.toISOString() ?? null };
    },

    'GET /v1/keys/{id}/replicas': async ({ id, query }) => {
      const { limit, cursor } = query;
      const { mrk, account } = await mustRead(store, id);
      const page = { limit: limit + 1, before: cursor ?? null };
      // A key whose AWS id is not known has never been called for.
      const rows = mrk === null ? [] : await listRowsOfKey(store, { mrk, account }, page);
      return pageOf(rows, limit, (row) => ({
        ...replicaView(row),
        operation: row.operation,
        plan_name: row.plan_name,
        plan_state: row.plan_state,
      }));
    },

    'GET /v1/keys/{id}/coverage': async ({ id }) => {
      const { mrk, account } = await mustRead(store, id);
      const cells = mrk === null ? [] : await listCellsOfKey(store, { mrk, account });
      const items = cells.map(({ policy, check_id, checked_at, ...cell }) => ({
        ...cellView(cell),
        policy,
        check_id,
        checked_at: checked_at.toISOString(),
      }));
      return { items, next_cursor: null };
    },
  });
}

/** What is looked for: part of a name, or what a whole ARN names. */
function textOf(q: string | undefined, account: string | undefined): Pick<EstateFilter, 'text' | 'account'> {
  const named = q === undefined ? null : parseKeyReference(q);
  if (named?.form === 'arn') return { text: named.keyId, account: account ?? named.account };
  if (named?.form === 'alias') return { text: named.alias, account: account ?? named.place?.account ?? null };
  return { text: q ?? null, account: account ?? null };
}

/** `key`, or `key=value`. */
function tagOf(tag: string | undefined): EstateFilter['tag'] {
  if (tag === undefined) return null;
  const [key = '', ...rest] = tag.split('=');
  return rest.length === 0 ? { key } : { key, value: rest.join('=') };
}

async function mustRead(store: Store, id: string): Promise<EstateKeyRow> {
  const named = parseKeyReference(id);
  // Postgres would refuse to look for some others; a single-Region key has an AWS id that reads as one of CCKM's.
  const sought = named?.form === 'arn' ? named.keyId : id;
  const key = /^[\w.:-]{1,300}$/.test(sought) ? await readEstateKey(store, sought) : null;
  if (key !== null) return key;
  const { read_at: readAt } = await readEstateStanding(store);
  if (readAt !== null) throw absent('key', id);
  throw new Problem(404, 'Not found', 'The keys have not been read from CCKM yet. Ask again in some seconds.');
}

function keyView({ position: _place, account, members, ...row }: EstateKeyRow): EstateKeyView {
  return { ...row, account: account || null, regions: members.map(memberView) };
}

function memberView({ region, id, key_state, primary }: EstateKeyRow['members'][number]) {
  return { region, key_id: id, key_state, primary };
}
