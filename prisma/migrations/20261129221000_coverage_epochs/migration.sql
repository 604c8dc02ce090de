-- A claim of a check has a number of its own, so that an earlier claim of the same worker writes nothing into a later one.
ALTER TABLE "coverage_checks" ADD COLUMN "epoch" INTEGER NOT NULL DEFAULT 0;
-- The check that this one continues: only its cells that can still change are checked again, the others are taken over.
ALTER TABLE "coverage_checks" ADD COLUMN "continues_id" UUID;
