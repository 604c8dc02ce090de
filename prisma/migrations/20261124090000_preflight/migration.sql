-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "resolved_at" TIMESTAMPTZ(3),
ADD COLUMN     "changed_since_preview" JSONB;

-- AlterTable
ALTER TABLE "replicas" ADD COLUMN     "aliases" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "warnings" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "diff" JSONB;

-- CreateTable
CREATE TABLE "region_groups" (
    "name" TEXT NOT NULL,
    "regions" TEXT[],
    "accounts" JSONB NOT NULL DEFAULT '{}',
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "region_groups_pkey" PRIMARY KEY ("name")
);

-- A preview is checked again before it runs: what was pending may be there, or impossible, by then.
INSERT INTO "replica_transitions" ("from_state", "to_state") VALUES
  ('pending', 'blocked'), ('pending', 'already_present');
