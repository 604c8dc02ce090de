import { inTransaction, type Store } from '../store.ts';

const replaceTimeoutMs = 300_000;

/**
 * Puts a reading of all that CCKM lists in the place of the one before, a row a key with all its Regions. Answers how many
 * keys there are; null when the worker has lost its claim, or the reading with a crash of Postgres: nothing is replaced then.
 */
export function replaceEstate(store: Store, workerId: string, readingId: string): Promise<number | null> {
  return inTransaction(
    store,
    async (tx) => {
      const mine = await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM estate e JOIN inventory_readings r ON r.id = ${readingId}::uuid
        WHERE e.reading_by = ${workerId}::uuid FOR UPDATE OF e`;
      if (mine.length === 0) return null;
      await tx.$executeRaw`DELETE FROM estate_keys`;
      const keys = await tx.$executeRaw`
        INSERT INTO estate_keys
          (position, key_id, mrk, account, primary_region, alias, origin, multi_region, regions, members)
        SELECT row_number() OVER (
            ORDER BY account = '', account COLLATE "C", alias COLLATE "C" NULLS LAST, key_id COLLATE "C") - 1, *
        FROM (
          SELECT (array_agg(id ORDER BY is_primary AND NOT is_gone DESC, is_primary DESC, is_gone, id))[1] AS key_id, min(mrk) AS mrk, account,
            (array_agg(region ORDER BY is_gone, id) FILTER (WHERE is_primary))[1] AS primary_region,
            min(alias COLLATE "C") FILTER (WHERE is_primary OR NOT multi_region) AS alias, min(origin) AS origin,
            bool_or(multi_region) AS multi_region,
            coalesce(array_agg(DISTINCT region COLLATE "C") FILTER (WHERE is_there), '{}') AS regions,
            jsonb_agg(jsonb_build_object('region', region, 'id', id, 'key_state', key_state, 'primary', is_primary,
                'arn', arn, 'tags', tags)
              ORDER BY region COLLATE "C", id) AS members
          FROM (
            SELECT id, mrk, coalesce(key->>'account', '') AS account, coalesce(key->>'region', '') AS region,
              coalesce((key->>'multiRegion')::boolean, false) AS multi_region,
              coalesce(key->>'multiRegionKeyType' = 'PRIMARY', false) AS is_primary,
              key->>'arn' AS arn, coalesce(key->'tags', '[]') AS tags, key->'aliases'->>0 AS alias, key->>'origin' AS origin,
              coalesce((key->>'gone')::boolean, false) AS is_gone,
              CASE WHEN (key->>'gone')::boolean THEN 'Gone' ELSE key->>'keyState' END AS key_state,
              NOT coalesce((key->>'gone')::boolean, false)
                AND coalesce(key->>'keyState', '') NOT IN ('PendingDeletion', 'PendingReplicaDeletion') AS is_there
            FROM inventory_keys WHERE reading_id = ${readingId}::uuid
          ) listed
          GROUP BY account, coalesce(mrk, id)
        ) sets`;
      await tx.$executeRaw`
        UPDATE estate SET read_at = reading_since, reading_by = NULL, reading_since = NULL, failed_at = NULL, error = NULL`;
      return keys;
    },
    { timeoutMs: replaceTimeoutMs },
  );
}
