-- The keys of a plan in the order in which they are shown: written once, when the plan has been resolved, so that any part
-- of a long list is found by its place.
CREATE TABLE "plan_keys" (
    "plan_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "alias" TEXT,
    "account" TEXT NOT NULL,
    "primary_region" TEXT NOT NULL,

    CONSTRAINT "plan_keys_pkey" PRIMARY KEY ("plan_id","position")
);

ALTER TABLE "plan_keys" ADD CONSTRAINT "plan_keys_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By account, keys that could not be found last; then by alias, keys without one last. The collation does not change with
-- an upgrade of the operating system.
CREATE FUNCTION list_plan_keys(listed uuid) RETURNS void LANGUAGE sql SET work_mem = '64MB' AS $$
  INSERT INTO plan_keys (plan_id, position, key_id, alias, account, primary_region)
  SELECT listed, row_number() OVER (
      ORDER BY account = '', account COLLATE "C", alias COLLATE "C" NULLS LAST, key_id COLLATE "C") - 1,
    key_id, alias, account, primary_region
  FROM (
    SELECT key_id, min(alias COLLATE "C") AS alias, min(account COLLATE "C") AS account,
      min(primary_region COLLATE "C") AS primary_region
    FROM replicas WHERE plan_id = listed GROUP BY key_id
  ) k
  WHERE NOT EXISTS (SELECT 1 FROM plan_keys WHERE plan_id = listed)
$$;

SELECT list_plan_keys("id") FROM "plans" WHERE "resolved_at" IS NOT NULL;

-- When a replica was given up; what preflight blocked was never begun and has none.
ALTER TABLE "replicas" ADD COLUMN "failed_at" TIMESTAMPTZ(3);

UPDATE "replicas" r SET "failed_at" = (
  SELECT coalesce(a."finished_at", a."started_at") FROM "attempts" a WHERE a."replica_id" = r."id" ORDER BY a."id" DESC LIMIT 1
) WHERE r."state" IN ('failed', 'blocked');

-- What failed in the last hours, over all plans.
CREATE INDEX "replicas_failed_at" ON "replicas" ("failed_at") WHERE "failed_at" IS NOT NULL;
-- The plans that somebody still waits for (null), or that have just ended, are few among those that have ever been.
CREATE INDEX "plans_finished_at_idx" ON "plans"("finished_at");

ALTER TABLE "workers" ADD COLUMN "heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
