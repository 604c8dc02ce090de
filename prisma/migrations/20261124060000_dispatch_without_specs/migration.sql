-- What the dispatcher and the failure tolerance need of a plan without reading its spec, which may be tens of megabytes.
ALTER TABLE "plans"
  ADD COLUMN "with_alias" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "failures_accepted" INTEGER NOT NULL DEFAULT 0;

UPDATE "plans" SET "with_alias" = ("spec" @? '$.**.Alias');
