-- CreateEnum
CREATE TYPE "coverage_state" AS ENUM ('unknown', 'missing', 'pending_deletion', 'pending_import', 'disabled', 'expiring',
  'drifted', 'covered');

-- CreateEnum
CREATE TYPE "coverage_cause" AS ENUM ('asked', 'scheduled', 'drill');

-- CreateEnum
CREATE TYPE "coverage_check_state" AS ENUM ('pending', 'running', 'done', 'failed');

-- Which keys must be usable in which Regions.
CREATE TABLE "coverage_policies" (
    "name" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "spec_sha256" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "next_check_at" TIMESTAMPTZ(3),

    CONSTRAINT "coverage_policies_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "coverage_policies_next_check_at_idx" ON "coverage_policies"("next_check_at");

-- One evaluation of a policy.
CREATE TABLE "coverage_checks" (
    "id" UUID NOT NULL,
    "policy_name" TEXT,
    "drill_id" UUID,
    "spec" JSONB NOT NULL,
    "spec_sha256" TEXT NOT NULL,
    "cause" "coverage_cause" NOT NULL,
    "proof" BOOLEAN NOT NULL,
    "state" "coverage_check_state" NOT NULL DEFAULT 'pending',
    "reason" TEXT,
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "claimed_by" UUID,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "error" JSONB,
    "regions" TEXT[],
    "keys" INTEGER,
    "counts" JSONB,
    "by_region" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "coverage_checks_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "coverage_checks_policy_name_id_idx" ON "coverage_checks"("policy_name", "id");

-- CreateIndex
CREATE INDEX "coverage_checks_drill_id_idx" ON "coverage_checks"("drill_id");

-- CreateIndex
CREATE INDEX "coverage_checks_state_idx" ON "coverage_checks"("state");

-- CreateTable
CREATE TABLE "coverage_keys" (
    "check_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "mrk" TEXT NOT NULL,
    "key_arn" TEXT,
    "alias" TEXT,
    "account" TEXT NOT NULL,
    "primary_region" TEXT NOT NULL,
    "origin" TEXT,

    CONSTRAINT "coverage_keys_pkey" PRIMARY KEY ("check_id","position")
);

-- AddForeignKey
ALTER TABLE "coverage_keys" ADD CONSTRAINT "coverage_keys_check_id_fkey" FOREIGN KEY ("check_id")
  REFERENCES "coverage_checks"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What a check found of one key × Region.
CREATE TABLE "coverage_cells" (
    "check_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "region" TEXT NOT NULL,
    "state" "coverage_state" NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "member_id" TEXT,
    "key_state" TEXT,
    "valid_to" TIMESTAMPTZ(3),
    "diff" JSONB,
    "material" JSONB,

    CONSTRAINT "coverage_cells_pkey" PRIMARY KEY ("check_id","position","region")
);

-- CreateIndex
CREATE INDEX "coverage_cells_check_id_state_idx" ON "coverage_cells"("check_id", "state");

-- AddForeignKey
ALTER TABLE "coverage_cells" ADD CONSTRAINT "coverage_cells_check_id_position_fkey" FOREIGN KEY ("check_id", "position")
  REFERENCES "coverage_keys"("check_id", "position") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma: how the audit log is told.

CREATE FUNCTION coverage_policy_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE policy coverage_policies := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('coverage', policy.name, CASE TG_OP WHEN 'DELETE' THEN 'coverage.delete' ELSE 'coverage.put' END,
    jsonb_build_object('spec_sha256', policy.spec_sha256, 'schedule', policy.spec -> 'schedule',
      'spec_sha256_before', CASE WHEN TG_OP = 'UPDATE' THEN OLD.spec_sha256 END));
  RETURN NULL;
END $$;

-- What a schedule or a drill asks for is told with these.
CREATE FUNCTION coverage_check_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit('coverage', coalesce(NEW.policy_name, NEW.id::text), 'coverage.check',
    jsonb_build_object('check_id', NEW.id, 'spec_sha256', NEW.spec_sha256, 'proof', NEW.proof));
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER coverage_policies_made AFTER INSERT OR DELETE ON "coverage_policies"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION coverage_policy_changed();
CREATE CONSTRAINT TRIGGER coverage_policies_changed AFTER UPDATE ON "coverage_policies"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.updated_at IS DISTINCT FROM NEW.updated_at)
  EXECUTE FUNCTION coverage_policy_changed();
CREATE CONSTRAINT TRIGGER coverage_checks_asked AFTER INSERT ON "coverage_checks"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.cause = 'asked') EXECUTE FUNCTION coverage_check_asked();
