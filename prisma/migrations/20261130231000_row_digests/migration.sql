-- What a row was when its plan was resolved, so that a worker can tell whether it still is: the SHA-256 over what is called
-- for it, its state then, and the Region of its primary then where that is another by now.
ALTER TABLE "replicas" ADD COLUMN "row_sha256" BYTEA,
  ADD COLUMN "resolved_state" "replica_state",
  ADD COLUMN "resolved_primary_region" TEXT;

-- Set when a plan is resolved. The rows of plans from before have none of it, nor those that a worker of the version before
-- has resolved while both run.
ALTER TABLE "plans" ADD COLUMN "rows_hashed" BOOLEAN NOT NULL DEFAULT false;
