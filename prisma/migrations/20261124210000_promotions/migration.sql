-- CreateEnum
CREATE TYPE "plan_operation" AS ENUM ('replicate', 'promote');

-- AlterEnum
ALTER TYPE "attempt_operation" ADD VALUE 'promote' AFTER 'replicate';

-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "operation" "plan_operation" NOT NULL DEFAULT 'replicate',
ADD COLUMN     "drill_id" UUID,
ADD COLUMN     "drill_step" TEXT;

-- AlterTable
ALTER TABLE "replicas" ADD COLUMN     "operation" "plan_operation" NOT NULL DEFAULT 'replicate';

-- CreateIndex
CREATE INDEX "plans_drill_id_idx" ON "plans"("drill_id");

-- What follows cannot be said in schema.prisma.

-- A key's primary moves to one Region at a time, whatever plans want.
CREATE UNIQUE INDEX "replicas_one_promotion" ON "replicas" ("mrk", "account")
  WHERE "operation" = 'promote' AND "state" IN ('queued', 'replicating', 'creating', 'importing');

-- Two people approve a promotion, unless a drill that was approved makes it.
ALTER TABLE "plans" ADD CONSTRAINT "plans_promotion_approved"
  CHECK ("operation" <> 'promote' OR "drill_id" IS NOT NULL OR "approvals_required" >= 2);

-- Whether a drill lets its plans run now. There are no drills yet.
CREATE FUNCTION drill_allows(drill_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT false $$;

-- A plan may begin to run: it has the approvals that it needs, and its drill, where it is a step of one, lets it.
CREATE FUNCTION may_start(plan "plans") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT is_approved(plan) AND (plan.drill_id IS NULL OR drill_allows(plan.drill_id))
$$;

CREATE OR REPLACE FUNCTION refuse_unapproved_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT is_approved(NEW) THEN
    RAISE EXCEPTION 'plan % lacks its approvals', NEW.id;
  END IF;
  IF NOT may_start(NEW) THEN
    RAISE EXCEPTION 'plan % belongs to drill %, which does not let it run', NEW.id, NEW.drill_id;
  END IF;
  RETURN NEW;
END $$;
