import { type MatrixBucketsView, type MatrixView, noReplicaLetter, stateLetters } from '@keyferry/core';
import type { QueryOf } from '@keyferry/operations';
import {
  countPlanKeys,
  findPlanKeys,
  type MatrixRow,
  readMatrix,
  readMatrixBuckets,
  readPlanRegions,
  readRevision,
  type Store,
} from '@keyferry/store';
import { z } from 'zod';
import { routes } from '../http/operation-routes.ts';
import { absent, Problem } from '../http/problem.ts';
import { shareAnswers } from '../http/shared-answers.ts';
import { mustReadStatus } from './find-plan.ts';

type MatrixQuery = QueryOf<'GET /v1/plans/{id}/matrix'>;

/**
 * A plan's keys × Regions: a page of keys with a letter for each replica, or all keys counted in slices. The order of keys
 * is fixed when the plan has been resolved, so a page is found by its place wherever it is. All who ask for the same page of
 * the same revision get one reading.
 */
export function matrixRoute(store: Store) {
  const share = shareAnswers();
  const shareFound = shareAnswers();

  const mustBeResolved = async (id: string) => {
    const { state, reason } = await mustReadStatus(store, id);
    if (state === 'resolving') {
      throw new Problem(409, 'Wrong state', `The plan is still resolving. ${reason ?? 'Retry in a few seconds.'}`);
    }
  };

  const readPage = async (id: string, { limit, cursor, offset, q: text, state, region }: MatrixQuery) => {
    const filter = { state, region, text };
    const found = isFiltered({ q: text, state, region })
      ? await shareFound(`${id} ${JSON.stringify(filter)}`, () => findPlanKeys(store, id, filter))
      : null;
    const keys = found?.length ?? (await countPlanKeys(store, id));
    const from =
      offset ?? (cursor === undefined ? 0 : (found?.filter((position) => position <= cursor).length ?? cursor + 1));
    const length = Math.max(0, Math.min(limit, keys - from));
    const positions = Array.from({ length }, (_, n) => found?.[from + n] ?? from + n);
    const [regions, rows] = await Promise.all([readPlanRegions(store, id), readMatrix(store, id, positions)]);
    return JSON.stringify({
      regions,
      keys,
      items: rows.map((row) => itemOf(row, regions)),
      next_cursor: from + length < keys ? String(positions.at(-1)) : null,
    } satisfies MatrixView);
  };

  return routes({
    'GET /v1/plans/{id}/matrix': async ({ id, query, request, response }) => {
      const { buckets } = query;
      if (buckets !== undefined) {
        const slices = await share(`${id} ${buckets}`, async () => {
          await mustBeResolved(id);
          return readBuckets(store, id, buckets);
        });
        return response.type('json').send(slices);
      }
      const revision = z.uuid().safeParse(id).success ? await readRevision(store, id) : 0;
      if (revision === 0) throw absent('plan', id);
      // Which keys a filter lets through may be a little older than the revision.
      const etag = isFiltered(query) ? null : `W/"${revision}"`;
      if (etag !== null && request.get('if-none-match') === etag) {
        return response.set('ETag', etag).status(304).end();
      }
      const page = await share(`${id} ${revision} ${JSON.stringify(query)}`, async () => {
        await mustBeResolved(id);
        return readPage(id, query);
      });
      if (etag !== null) response.set('ETag', etag);
      return response.type('json').send(page);
    },
  });
}

const isFiltered = ({ state, region, q }: Pick<MatrixQuery, 'state' | 'region' | 'q'>): boolean =>
  [state, region, q].some((value) => value !== undefined);

function itemOf(row: MatrixRow, regions: readonly string[]): MatrixView['items'][number] {
  const letters = regions.map((region) => {
    const state = row.states[region];
    return state === undefined ? noReplicaLetter : stateLetters[state];
  });
  return {
    index: row.position,
    key_id: row.key_id,
    alias: row.alias,
    account: row.account || null,
    primary_region: row.primary_region || null,
    cells: letters.join(''),
  };
}

/** All keys of a plan in at most so many slices of one size. */
async function readBuckets(store: Store, planId: string, most: number): Promise<string> {
  const [keys, regions] = await Promise.all([countPlanKeys(store, planId), readPlanRegions(store, planId)]);
  const size = Math.max(1, Math.ceil(keys / most));
  const buckets = Array.from({ length: Math.ceil(keys / size) }, (_, n) => ({
    from: n * size,
    keys: Math.min(size, keys - n * size),
    counts: regions.map((): Record<string, number> => ({})),
  }));
  for (const { bucket, region, state, count } of await readMatrixBuckets(store, planId, size)) {
    const counts = buckets[bucket]?.counts[regions.indexOf(region)];
    if (counts) counts[stateLetters[state]] = count;
  }
  return JSON.stringify({ regions, keys, buckets } satisfies MatrixBucketsView);
}
