-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "approvals_required" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "proposed_by" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "resolved_sha256" TEXT;

UPDATE "plans" SET "proposed_by" = ARRAY["created_by"];

-- CreateTable
CREATE TABLE "approvals" (
    "id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "approver" TEXT NOT NULL,
    "role" "caller_role" NOT NULL,
    "spec_sha256" TEXT NOT NULL,
    "resolved_sha256" TEXT NOT NULL,
    "limits" JSONB NOT NULL,
    "comment" TEXT,
    "approved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "voided_at" TIMESTAMPTZ(3),
    "void_reason" TEXT,

    CONSTRAINT "approvals_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "approvals_plan_id_idx" ON "approvals"("plan_id");

-- AddForeignKey
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma.

-- An approver counts once.
CREATE UNIQUE INDEX "approvals_one_each" ON "approvals" ("plan_id", "approver") WHERE "voided_at" IS NULL;

-- As many approvals in force as the plan needs: none, for most plans.
CREATE FUNCTION is_approved(plan "plans") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT plan.approvals_required = 0 OR plan.approvals_required <= (
    SELECT count(*) FROM approvals a
    WHERE a.plan_id = plan.id AND a.voided_at IS NULL AND a.expires_at > now())
$$;

-- Whatever way it takes: a plan does not begin to run without its approvals. One that was paused or halted while it ran
-- goes on as it was approved.
CREATE FUNCTION refuse_unapproved_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT is_approved(NEW) THEN
    RAISE EXCEPTION 'plan % lacks its approvals', NEW.id;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER plans_start_approved BEFORE UPDATE ON "plans" FOR EACH ROW
  WHEN (NEW.state = 'running' AND OLD.state <> 'running'
    AND (OLD.started_at IS NULL OR OLD.state NOT IN ('paused', 'halted')))
  EXECUTE FUNCTION refuse_unapproved_start();

-- Kept for auditors: an approval may be voided, once, and is never changed otherwise.
CREATE FUNCTION approval_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL OR NEW.void_reason IS NULL
    OR to_jsonb(OLD) - 'voided_at' - 'void_reason' <> to_jsonb(NEW) - 'voided_at' - 'void_reason' THEN
    RAISE EXCEPTION 'an approval may be voided, once, and not changed otherwise';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER approvals_only_voided BEFORE UPDATE ON "approvals" FOR EACH ROW EXECUTE FUNCTION approval_updated();
CREATE TRIGGER approvals_are_kept BEFORE DELETE OR TRUNCATE ON "approvals"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Those who follow the plan are told.
CREATE FUNCTION approval_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM note_plan_change(NEW.plan_id, '{}', false);
  RETURN NULL;
END $$;

CREATE TRIGGER approval_changed AFTER INSERT OR UPDATE ON "approvals" FOR EACH ROW EXECUTE FUNCTION approval_changed();
