-- A page of a plan's replicas, of all or of those in one state. "id" NULLS FIRST is another order than that of the primary
-- key: with ORDER BY "id" NULLS FIRST Postgres cannot read all plans from the first row on by the primary key, which it
-- takes for cheap where a plan has a large share of all rows. It takes the place of an index of the same size, so that an
-- update of a row writes no more than before.
DROP INDEX "replicas_plan_id_id_idx";
CREATE INDEX "replicas_plan_id_state_id_idx" ON "replicas"("plan_id", "state", "id" NULLS FIRST);

-- The same for those that differ from the request, and those to be tried again.
DROP INDEX "replicas_differing";
CREATE INDEX "replicas_differing" ON "replicas" ("plan_id", "id" NULLS FIRST) WHERE "diff" <> '[]'::jsonb;
DROP INDEX "replicas_unsuccessful";
CREATE INDEX "replicas_unsuccessful" ON "replicas" ("plan_id", "id" NULLS FIRST) WHERE "state" IN ('failed', 'blocked');

-- The rest stands in no row that goes well, or is written once.

-- Replicas by error code.
CREATE INDEX "replicas_with_error" ON "replicas" ("plan_id", ("error" ->> 'code'), "id" NULLS FIRST)
  WHERE "error" IS NOT NULL;
-- Replicas by their own CCKM id. Those in flight are few, and their rows are the ones that are updated again and again.
CREATE INDEX "replicas_made" ON "replicas" ("replica_key_id")
  WHERE "replica_key_id" IS NOT NULL AND "state" IN ('pending', 'succeeded', 'already_present', 'failed', 'blocked', 'cancelled');

-- Keys by alias: all aliases of each, of which "alias" is the one that is shown.
ALTER TABLE "plan_keys" ADD COLUMN "aliases" TEXT[] NOT NULL DEFAULT '{}';

UPDATE "plan_keys" k SET "aliases" = (
  SELECT coalesce(array_agg(DISTINCT a.alias), '{}') FROM "replicas" r CROSS JOIN LATERAL unnest(r."aliases" || r."alias") a(alias)
  WHERE r."plan_id" = k."plan_id" AND r."key_id" = k."key_id" AND a.alias IS NOT NULL);

CREATE INDEX "plan_keys_aliases_idx" ON "plan_keys" USING GIN ("aliases");

CREATE OR REPLACE FUNCTION list_plan_keys(listed uuid) RETURNS void LANGUAGE sql SET work_mem = '64MB' AS $$
  INSERT INTO plan_keys (plan_id, position, key_id, alias, aliases, account, primary_region)
  SELECT listed, row_number() OVER (
      ORDER BY account = '', account COLLATE "C", alias COLLATE "C" NULLS LAST, key_id COLLATE "C") - 1,
    key_id, alias, array_remove(aliases || others, NULL), account, primary_region
  FROM (
    SELECT key_id, min(alias COLLATE "C") AS alias, min(account COLLATE "C") AS account,
      min(primary_region COLLATE "C") AS primary_region, min(aliases) AS aliases,
      array_agg(DISTINCT alias) FILTER (WHERE NOT alias = ANY(aliases)) AS others
    FROM replicas WHERE plan_id = listed GROUP BY key_id
  ) k
  WHERE NOT EXISTS (SELECT 1 FROM plan_keys WHERE plan_id = listed)
$$;

-- What failed or is blocked, by lane and error code: counted as it happens, since a plan may have hundreds of thousands of
-- such rows, each in another place of the table.
CREATE TABLE "plan_failures" (
    "lane_id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "blocked" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "plan_failures_pkey" PRIMARY KEY ("lane_id","code")
);

ALTER TABLE "plan_failures" ADD CONSTRAINT "plan_failures_lane_id_fkey" FOREIGN KEY ("lane_id") REFERENCES "plan_lanes"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

INSERT INTO "plan_failures" (lane_id, code, failed, blocked)
SELECT lane_id, error ->> 'code', count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'blocked')
FROM "replicas" WHERE state IN ('failed', 'blocked') AND error ->> 'code' IS NOT NULL GROUP BY 1, 2;

-- Fired after replicas_inserted and replicas_updated, which come before it by name and have locked the lanes: of two
-- transactions that change the same counters one waits there.
CREATE FUNCTION count_failures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows WHERE state IN ('failed', 'blocked')) THEN
    INSERT INTO plan_failures AS f (lane_id, code, failed, blocked)
    SELECT lane_id, error ->> 'code', count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'blocked')
    FROM new_rows WHERE state IN ('failed', 'blocked') AND error ->> 'code' IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (lane_id, code) DO UPDATE SET failed = f.failed + excluded.failed, blocked = f.blocked + excluded.blocked;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION recount_failures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows WHERE state IN ('failed', 'blocked'))
    OR EXISTS (SELECT 1 FROM old_rows WHERE state IN ('failed', 'blocked')) THEN
    INSERT INTO plan_failures AS f (lane_id, code, failed, blocked)
    SELECT lane_id, code, sum(failed), sum(blocked) FROM (
      SELECT lane_id, error ->> 'code' AS code, (state = 'failed')::int AS failed, (state = 'blocked')::int AS blocked
      FROM new_rows WHERE state IN ('failed', 'blocked')
      UNION ALL
      SELECT lane_id, error ->> 'code', -(state = 'failed')::int, -(state = 'blocked')::int
      FROM old_rows WHERE state IN ('failed', 'blocked')
    ) moved WHERE code IS NOT NULL
    GROUP BY 1, 2 HAVING sum(failed) <> 0 OR sum(blocked) <> 0 ORDER BY 1, 2
    ON CONFLICT (lane_id, code) DO UPDATE SET failed = f.failed + excluded.failed, blocked = f.blocked + excluded.blocked;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER replicas_inserted_failures AFTER INSERT ON "replicas"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_failures();
CREATE TRIGGER replicas_updated_failures AFTER UPDATE ON "replicas"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION recount_failures();
