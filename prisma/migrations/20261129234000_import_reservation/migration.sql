-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "imports_material" BOOLEAN NOT NULL DEFAULT false;

UPDATE "plans" SET "imports_material" = true
WHERE "operation" = 'replicate' AND ("spec" #>> '{options,import_material}') IS DISTINCT FROM 'false';

-- What follows cannot be said in schema.prisma.

-- Due rows by whether their key is EXTERNAL: those may wait for an import lane that the others do not spend.
CREATE INDEX "replicas_due_native" ON "replicas" ("lane_id", "not_before", "id")
  WHERE "state" = 'pending' AND "origin" IS DISTINCT FROM 'EXTERNAL';
CREATE INDEX "replicas_due_external" ON "replicas" ("lane_id", "not_before", "id")
  WHERE "state" = 'pending' AND "origin" = 'EXTERNAL';
-- The EXTERNAL replicas that were made last: they show whether CCKM imports key material by itself.
CREATE INDEX "replicas_external_made" ON "replicas" ("usable_at")
  WHERE "origin" = 'EXTERNAL' AND "operation" = 'replicate' AND "state" = 'succeeded'
    AND "outcome" IN ('created', 'adopted') AND "usable_at" IS NOT NULL;
