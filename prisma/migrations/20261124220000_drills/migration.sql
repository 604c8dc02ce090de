-- CreateEnum
CREATE TYPE "drill_mode" AS ENUM ('live', 'rehearse');

-- CreateEnum
CREATE TYPE "drill_state" AS ENUM ('resolving', 'awaiting_approval', 'running', 'paused', 'rolling_back', 'succeeded', 'completed_with_findings', 'failed', 'aborted');

-- CreateEnum
CREATE TYPE "drill_step_state" AS ENUM ('pending', 'running', 'awaiting_approval', 'succeeded', 'failed', 'skipped', 'aborted');

-- CreateEnum
CREATE TYPE "drill_decision" AS ENUM ('approve', 'reject');

-- CreateEnum
CREATE TYPE "finding_severity" AS ENUM ('info', 'warning', 'blocking');

-- CreateTable
CREATE TABLE "drills" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "mode" "drill_mode" NOT NULL,
    "state" "drill_state" NOT NULL,
    "spec" JSONB NOT NULL,
    "spec_sha256" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "proposed_by" TEXT[],
    "approvers" TEXT[],
    "approvals_required" INTEGER NOT NULL,
    "declared_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "approved_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "paused_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "baseline_check_id" UUID,
    "scope_sha256" TEXT,
    "keys" INTEGER,
    "broken_glass_by" TEXT,
    "broken_glass_at" TIMESTAMPTZ(3),
    "broken_glass_reason" TEXT,
    "ending" "drill_state",
    "rollback_plan_id" UUID,
    "next_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "held_by" UUID,

    CONSTRAINT "drills_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "drill_steps" (
    "drill_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "title" TEXT,
    "spec" JSONB NOT NULL,
    "state" "drill_step_state" NOT NULL DEFAULT 'pending',
    "started_at" TIMESTAMPTZ(3),
    "deadline_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "plan_id" UUID,
    "check_id" UUID,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "error" JSONB,

    CONSTRAINT "drill_steps_pkey" PRIMARY KEY ("drill_id","position")
);

-- CreateTable
CREATE TABLE "drill_approvals" (
    "id" UUID NOT NULL,
    "drill_id" UUID NOT NULL,
    "step_position" INTEGER,
    "approver" TEXT NOT NULL,
    "role" "caller_role" NOT NULL,
    "decision" "drill_decision" NOT NULL,
    "spec_sha256" TEXT NOT NULL,
    "scope_sha256" TEXT NOT NULL,
    "comment" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "drill_approvals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "drill_log" (
    "drill_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "step_position" INTEGER,
    "kind" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "drill_log_pkey" PRIMARY KEY ("drill_id","seq")
);

-- CreateTable
CREATE TABLE "drill_findings" (
    "drill_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "severity" "finding_severity" NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "step_position" INTEGER,
    "owner" TEXT,
    "due" DATE,
    "ticket" TEXT,
    "noted_by" TEXT,

    CONSTRAINT "drill_findings_pkey" PRIMARY KEY ("drill_id","seq")
);

-- CreateIndex
CREATE INDEX "drills_next_at_idx" ON "drills"("next_at");

-- CreateIndex
CREATE INDEX "drill_approvals_drill_id_idx" ON "drill_approvals"("drill_id");

-- AddForeignKey
ALTER TABLE "drill_steps" ADD CONSTRAINT "drill_steps_drill_id_fkey" FOREIGN KEY ("drill_id") REFERENCES "drills"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "drill_approvals" ADD CONSTRAINT "drill_approvals_drill_id_fkey" FOREIGN KEY ("drill_id") REFERENCES "drills"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "drill_log" ADD CONSTRAINT "drill_log_drill_id_fkey" FOREIGN KEY ("drill_id") REFERENCES "drills"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "drill_findings" ADD CONSTRAINT "drill_findings_drill_id_fkey" FOREIGN KEY ("drill_id") REFERENCES "drills"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma.

-- An approver decides once, of the drill and of each of its steps.
CREATE UNIQUE INDEX "drill_approvals_one_each" ON "drill_approvals" ("drill_id", coalesce("step_position", -1), "approver");

CREATE TRIGGER drill_approvals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "drill_approvals"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drill_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "drill_log"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drill_findings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "drill_findings"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- As many approvals as the drill needs, of what it is now; or somebody has let it go on without.
CREATE FUNCTION is_drill_approved(drill "drills") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT drill.approvals_required = 0 OR drill.broken_glass_at IS NOT NULL OR drill.approvals_required <= (
    SELECT count(*) FROM drill_approvals a
    WHERE a.drill_id = drill.id AND a.step_position IS NULL AND a.decision = 'approve'
      AND a.spec_sha256 = drill.spec_sha256 AND a.scope_sha256 = drill.scope_sha256
      AND a.approver <> drill.created_by
      AND (cardinality(drill.approvers) = 0 OR a.approver = ANY(drill.approvers)))
$$;

-- Whether a plan of the drill may run: what `is_approved` is to other plans.
CREATE OR REPLACE FUNCTION drill_allows(drill_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM drills d
    WHERE d.id = $1 AND d.mode = 'live' AND d.state IN ('running', 'rolling_back') AND is_drill_approved(d))
$$;

-- Whatever way it takes: a drill does not begin without its approvals, what was approved does not change, and the end of a
-- drill is its end.
CREATE FUNCTION drill_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND OLD.state IN ('succeeded', 'completed_with_findings', 'failed', 'aborted') THEN
    RAISE EXCEPTION 'drill % has ended', NEW.id;
  END IF;
  IF NEW.state = 'running' AND OLD.state <> 'running' AND NOT is_drill_approved(NEW) THEN
    RAISE EXCEPTION 'drill % lacks its approvals', NEW.id;
  END IF;
  IF (OLD.spec_sha256, OLD.created_by, OLD.declared_at, OLD.approvers, OLD.approvals_required, OLD.mode)
    IS DISTINCT FROM (NEW.spec_sha256, NEW.created_by, NEW.declared_at, NEW.approvers, NEW.approvals_required, NEW.mode)
    OR (OLD.scope_sha256 IS NOT NULL AND OLD.scope_sha256 IS DISTINCT FROM NEW.scope_sha256) THEN
    RAISE EXCEPTION 'what drill % is cannot be changed', NEW.id;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER drills_guarded BEFORE UPDATE ON "drills" FOR EACH ROW EXECUTE FUNCTION drill_updated();
CREATE TRIGGER drills_are_kept BEFORE DELETE OR TRUNCATE ON "drills" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The audit log.
CREATE FUNCTION drill_audited() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE after_all record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM append_audit('drill', NEW.id::text, 'drill.run', jsonb_build_object('name', NEW.name, 'mode', NEW.mode,
      'change_ticket', NEW.spec ->> 'change_ticket', 'spec_sha256', NEW.spec_sha256));
    RETURN NULL;
  END IF;
  SELECT d.state, d.reason, d.scope_sha256, d.broken_glass_at, d.broken_glass_reason INTO after_all
  FROM drills d WHERE d.id = NEW.id;
  PERFORM append_audit('drill', NEW.id::text, 'drill.' || after_all.state, jsonb_build_object(
    'from', CASE WHEN after_all.state <> OLD.state THEN OLD.state END, 'state', after_all.state,
    'reason', after_all.reason, 'spec_sha256', NEW.spec_sha256, 'scope_sha256', after_all.scope_sha256,
    'broken_glass', CASE WHEN OLD.broken_glass_at IS NULL THEN after_all.broken_glass_reason END));
  RETURN NULL;
END $$;

CREATE FUNCTION drill_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE after_all drill_state;
BEGIN
  SELECT d.state INTO after_all FROM drills d WHERE d.id = NEW.drill_id;
  PERFORM append_audit('drill', NEW.drill_id::text, 'drill.' || NEW.decision, jsonb_build_object('approval_id', NEW.id,
    'approver', NEW.approver, 'decision', NEW.decision, 'state', after_all, 'step', (SELECT s.id FROM drill_steps s
      WHERE s.drill_id = NEW.drill_id AND s.position = NEW.step_position),
    'spec_sha256', NEW.spec_sha256, 'scope_sha256', NEW.scope_sha256));
  RETURN NULL;
END $$;

CREATE FUNCTION drill_finding_noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit('drill', NEW.drill_id::text, 'drill.finding', jsonb_build_object('seq', NEW.seq,
    'severity', NEW.severity, 'owner', NEW.owner, 'due', NEW.due, 'ticket', NEW.ticket));
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER drills_run AFTER INSERT ON "drills"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drill_audited();
CREATE CONSTRAINT TRIGGER drills_moved AFTER UPDATE ON "drills" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.state, OLD.broken_glass_at) IS DISTINCT FROM (NEW.state, NEW.broken_glass_at))
  EXECUTE FUNCTION drill_audited();
CREATE CONSTRAINT TRIGGER drill_approvals_given AFTER INSERT ON "drill_approvals"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drill_decided();
CREATE CONSTRAINT TRIGGER drill_findings_noted AFTER INSERT ON "drill_findings"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.noted_by IS NOT NULL) EXECUTE FUNCTION drill_finding_noted();

-- A drill as its events tell of it, drillEventDataSchema of packages/core. Nothing of its spec but what names it.
CREATE FUNCTION drill_event_data(drill uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', d.id, 'name', d.name, 'scenario', d.spec ->> 'scenario', 'mode', d.mode, 'state', d.state,
    'reason', d.reason, 'change_ticket', d.spec ->> 'change_ticket', 'created_by', d.created_by,
    'spec_sha256', d.spec_sha256, 'scope_sha256', d.scope_sha256, 'approvals_required', d.approvals_required,
    'broken_glass', d.broken_glass_at IS NOT NULL, 'keys', d.keys, 'declared_at', event_time(d.declared_at),
    'approved_at', event_time(d.approved_at), 'started_at', event_time(d.started_at),
    'finished_at', event_time(d.finished_at), 'current_step', (SELECT s.id FROM drill_steps s
      WHERE s.drill_id = d.id AND s.state IN ('running', 'awaiting_approval') ORDER BY s.position LIMIT 1))
  FROM drills d WHERE d.id = $1
$$;

-- What tell_webhooks is to plans; `more` is laid over the data.
CREATE FUNCTION tell_of_drill(event_type text, drill uuid, more jsonb DEFAULT '{}') RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  wanting uuid[] := ARRAY(SELECT w.id FROM webhooks w
    WHERE w.enabled AND (cardinality(w.events) = 0 OR event_type = ANY(w.events)));
  event uuid := new_id();
BEGIN
  IF cardinality(wanting) > 0 THEN
    INSERT INTO webhook_events (id, type, subject, time, data)
    VALUES (event, event_type, drill, clock_timestamp(), drill_event_data(drill) || more);
    INSERT INTO webhook_deliveries (id, webhook_id, event_id) SELECT new_id(), w.id, event FROM unnest(wanting) w(id);
  END IF;
  RETURN cardinality(wanting);
END $$;

CREATE FUNCTION tell_drill_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM drills d WHERE d.id = NEW.id AND d.state = NEW.state) THEN
    PERFORM tell_of_drill('com.keyferry.drill.' || NEW.state, NEW.id);
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER drills_made_told AFTER INSERT ON "drills"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_drill_state();
CREATE CONSTRAINT TRIGGER drills_moved_told AFTER UPDATE ON "drills" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tell_drill_state();
