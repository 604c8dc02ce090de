-- A row is updated five times before its replica is usable, and each update writes into every index that holds the row:
-- before CCKM took the call it has no place in this one.
DROP INDEX "replicas_plan_id_accepted_at_idx";
CREATE INDEX "replicas_accepted" ON "replicas" ("plan_id", "accepted_at") WHERE "accepted_at" IS NOT NULL;

-- Each of those updates leaves a dead row. A fifth of a table of a million is too many to wait for.
ALTER TABLE "replicas" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE "plan_lanes" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
ALTER TABLE "lanes" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
