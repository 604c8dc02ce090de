-- What the dispatcher and the failure tolerance need of a plan without reading its spec, which may be tens of megabytes.
ALTER TABLE "plans"
  ADD COLUMN "with_alias" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "failures_accepted" INTEGER NOT NULL DEFAULT 0;

UPDATE "plans" SET "with_alias" = ("spec" @? '$.**.Alias');

-- A plan of this function's joins is kept from when it saw one row; with a nested loop it would compare each of the
-- thousands of rows of a cancelled plan with each other.
ALTER FUNCTION replicas_updated() SET enable_nestloop = off;

-- Two plans may each have lost the answer to a call for one pair: the replica that is found is the newest caller's.
ALTER TABLE "replicas" ADD COLUMN "lost_call_at" TIMESTAMPTZ(3);
