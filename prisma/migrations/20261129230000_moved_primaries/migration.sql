-- The primary of a set may move while a plan waits or runs: its rows follow it. What the plan calls the key stays, since
-- overrides are matched by it.
ALTER TABLE "replicas" ADD COLUMN     "asked_by_replica" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "named_as" TEXT[];

-- Why CCKM's last synchronisation of an account and Region failed; null: it did not, or it still runs.
ALTER TABLE "synchronizations" ADD COLUMN     "failure" TEXT;
