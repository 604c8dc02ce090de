-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "approval_rules_judged" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "approval_rules_version" INTEGER,
ADD COLUMN     "approval_rule_names" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "drills" ADD COLUMN     "approval_rules_judged" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "approval_rules_version" INTEGER,
ADD COLUMN     "approval_rule_names" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "approval_rules" (
    "version" INTEGER NOT NULL,
    "rules" JSONB NOT NULL,
    "sha256" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "comment" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "approval_rules_pkey" PRIMARY KEY ("version")
);

-- What follows cannot be said in schema.prisma.

-- Versions follow one another, and stay as they are.
CREATE FUNCTION refuse_stray_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version <> 1 + coalesce((SELECT max(version) FROM approval_rules), 0) THEN
    RAISE unique_violation USING MESSAGE = format('version %s of the approval rules does not follow the newest', NEW.version);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER approval_rules_in_order BEFORE INSERT ON "approval_rules" FOR EACH ROW
  EXECUTE FUNCTION refuse_stray_version();
CREATE TRIGGER approval_rules_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "approval_rules"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION approval_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit('approval_rules', NEW.version::text, 'approval_rules.put', jsonb_build_object('version', NEW.version,
    'sha256', NEW.sha256, 'rules', jsonb_array_length(NEW.rules), 'comment', NEW.comment,
    'sha256_before', (SELECT r.sha256 FROM approval_rules r WHERE r.version = NEW.version - 1)));
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER approval_rules_put AFTER INSERT ON "approval_rules"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_rules_changed();

-- 0: there are none.
CREATE FUNCTION current_approval_rules() RETURNS int LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(version), 0) FROM approval_rules
$$;

-- Whether one of the present values is wanted. Nothing wanted: all are; null present: it is not known, and may be.
CREATE FUNCTION is_any_wanted(wanted jsonb, present jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT wanted IS NULL OR present IS NULL OR jsonb_typeof(present) = 'null'
    OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(present) p WHERE wanted ? p)
$$;

-- What `matchesRule` of packages/core is. A condition that is not known here is left out: then the rule is about more.
CREATE FUNCTION approval_rule_matches(rule jsonb, facts jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT is_any_wanted(rule -> 'for', facts -> 'for')
    AND is_any_wanted(rule #> '{when,operations}', facts -> 'operations')
    AND is_any_wanted(rule #> '{when,accounts}', facts -> 'accounts')
    AND is_any_wanted(rule #> '{when,regions}', facts -> 'regions')
    AND (rule #> '{when,policy_change}' IS NULL OR (facts ->> 'policy_change')::boolean)
    AND coalesce((rule #>> '{when,min_replicas}')::int <= (facts ->> 'replicas')::int, true)
$$;

-- How many approvals the rules in force ask for, and which of them do.
CREATE FUNCTION approval_rules_asking(facts jsonb, OUT version int, OUT approvals int, OUT names text[])
LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(newest.version), 0), coalesce(max((r.rule ->> 'approvals')::int), 0),
    coalesce(array_agg(r.rule ->> 'name' ORDER BY r.position) FILTER (WHERE r.rule IS NOT NULL), '{}')
  FROM (SELECT a.version, a.rules FROM approval_rules a ORDER BY a.version DESC LIMIT 1) newest
  LEFT JOIN LATERAL jsonb_array_elements(newest.rules) WITH ORDINALITY r(rule, position)
    ON approval_rule_matches(r.rule, facts)
$$;

-- A block of a plan says what the key policy of replicas is. It may be sealed: only that it is there counts.
CREATE FUNCTION sets_key_policy(block jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(block #> '{aws_param,Policy}' IS NOT NULL OR block ? 'policytemplate'
    OR block -> 'same_as_primary' ? 'policy' OR EXISTS (
      SELECT 1 FROM unnest(ARRAY['key_admins', 'key_admins_roles', 'key_users', 'key_users_roles', 'external_accounts']) l
      WHERE block -> l <> '[]'), false)
$$;

-- What the rules look at of a plan: its rows as they were resolved, but for those that were there and those of unknown keys.
CREATE FUNCTION approval_facts(plan "plans") RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH lanes AS (
    SELECT l.account, l.primary_region, l.region, l.pending + l.queued + l.replicating + l.creating + l.importing
      + l.succeeded + l.failed + l.blocked + l.cancelled AS replicas
    FROM plan_lanes l WHERE l.plan_id = plan.id AND l.account <> ''
  ), called AS (SELECT * FROM lanes WHERE replicas > 0)
  SELECT jsonb_build_object('for', jsonb_build_array(CASE WHEN plan.schedule_id IS NULL THEN 'plan' ELSE 'schedule' END),
    'operations', jsonb_build_array(plan.operation::text),
    'accounts', (SELECT coalesce(jsonb_agg(DISTINCT c.account), '[]') FROM called c),
    'regions', (SELECT coalesce(jsonb_agg(DISTINCT r), '[]') FROM called c
      CROSS JOIN LATERAL unnest(ARRAY[c.primary_region, c.region]) r),
    'replicas', (SELECT coalesce(sum(c.replicas), 0) FROM called c),
    'policy_change', plan.operation = 'replicate' AND (sets_key_policy(plan.spec -> 'replica') OR EXISTS (
      SELECT 1 FROM jsonb_array_elements(plan.spec -> 'overrides') o WHERE sets_key_policy(o -> 'replica'))))
$$;

-- The same of a drill, for all plans that its steps may make: every key × Region where it makes replicas, every key where it
-- moves primaries. Accounts and numbers are known with its keys. It stands for plans that might be submitted by hand, too.
CREATE FUNCTION drill_approval_facts(drill "drills") RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH makes AS (
    SELECT coalesce(jsonb_agg(DISTINCT CASE s.kind WHEN 'replicate' THEN 'replicate' ELSE 'promote' END), '[]') AS operations
    FROM drill_steps s WHERE s.drill_id = drill.id AND s.kind IN ('replicate', 'promote', 'failback')
  ), keys AS (
    SELECT k.account, k.primary_region FROM coverage_keys k WHERE k.check_id = drill.baseline_check_id
  ), regions AS (
    SELECT jsonb_array_elements_text(drill.spec -> 'regions') AS region
    UNION SELECT jsonb_path_query(drill.spec, '$.account_regions.*[*]') #>> '{}'
    UNION SELECT s.spec ->> 'to' FROM drill_steps s WHERE s.drill_id = drill.id AND s.kind = 'promote'
    UNION SELECT k.primary_region FROM keys k
  )
  SELECT jsonb_build_object(
    'for', CASE WHEN m.operations = '[]' THEN '["drill"]'::jsonb ELSE '["drill", "plan"]'::jsonb END,
    'operations', m.operations,
    'accounts', CASE WHEN drill.scope_sha256 IS NOT NULL THEN
      (SELECT coalesce(jsonb_agg(DISTINCT k.account) FILTER (WHERE k.account <> ''), '[]') FROM keys k) END,
    'regions', (SELECT jsonb_agg(r.region) FROM regions r),
    'replicas', CASE WHEN drill.scope_sha256 IS NOT NULL THEN greatest(
      CASE WHEN m.operations ? 'replicate'
        THEN (SELECT count(*) FROM coverage_cells c WHERE c.check_id = drill.baseline_check_id) END,
      CASE WHEN m.operations ? 'promote' THEN (SELECT count(*) FROM keys) END, 0) END,
    'policy_change', m.operations ? 'replicate'
      AND (sets_key_policy(drill.spec -> 'replica') OR coalesce(drill.spec -> 'same_as_primary' ? 'policy', false)))
  FROM makes m
$$;

-- How many approvals it takes now: those that were asked for, and those of rules that have come since. Of a drill that has
-- begun they are fixed; a plan of a drill has its approvals by that.
CREATE FUNCTION approvals_needed(plan "plans") RETURNS int LANGUAGE sql STABLE AS $$
  SELECT greatest(plan.approvals_required, CASE
    WHEN plan.drill_id IS NULL AND plan.approval_rules_judged <> current_approval_rules()
    THEN (SELECT asking.approvals FROM approval_rules_asking(approval_facts(plan)) asking) END)
$$;

CREATE FUNCTION drill_approvals_needed(drill "drills") RETURNS int LANGUAGE sql STABLE AS $$
  SELECT greatest(drill.approvals_required, CASE
    WHEN drill.mode = 'live' AND drill.started_at IS NULL AND drill.approval_rules_judged <> current_approval_rules()
    THEN (SELECT asking.approvals FROM approval_rules_asking(drill_approval_facts(drill)) asking) END)
$$;

CREATE OR REPLACE FUNCTION is_approved(plan "plans") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT needed = 0 OR needed <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a
    WHERE a.plan_id = plan.id AND a.voided_at IS NULL AND a.expires_at > now())
  FROM (SELECT approvals_needed(plan) AS needed) n
$$;

CREATE OR REPLACE FUNCTION is_drill_approved(drill "drills") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT needed = 0 OR drill.broken_glass_at IS NOT NULL OR needed <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM drill_approvals a
    WHERE a.drill_id = drill.id AND a.step_position IS NULL AND a.decision = 'approve'
      AND a.spec_sha256 = drill.spec_sha256 AND a.scope_sha256 = drill.scope_sha256
      AND NOT is_one_of(a.approver, ARRAY[drill.created_by])
      AND (cardinality(drill.approvers) = 0 OR a.approver = ANY(drill.approvers)))
  FROM (SELECT drill_approvals_needed(drill) AS needed) n
$$;

-- A plan that has run goes on under the approvals that it has, expired or not, as long as none of them was voided.
CREATE FUNCTION keeps_approvals(plan "plans") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT plan.approvals_required = 0 OR plan.approvals_required <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a WHERE a.plan_id = plan.id AND a.voided_at IS NULL)
$$;

-- Notes what the rules ask for, whoever moves the plan on: with its rows known, and again when there is a newer version.
-- What was asked for once is never lowered.
CREATE FUNCTION judge_by_approval_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  newest int := current_approval_rules();
  asking record;
BEGIN
  IF newest = 0 THEN RETURN NEW; END IF;
  IF TG_TABLE_NAME = 'plans' THEN
    IF NEW.approval_rules_judged = newest AND OLD.state <> 'resolving' THEN RETURN NEW; END IF;
    SELECT * INTO asking FROM approval_rules_asking(approval_facts(NEW));
  ELSE
    IF NEW.approval_rules_judged = newest AND OLD.scope_sha256 IS NOT NULL THEN RETURN NEW; END IF;
    SELECT * INTO asking FROM approval_rules_asking(drill_approval_facts(NEW));
  END IF;
  NEW.approval_rules_judged := asking.version;
  IF asking.approvals > 0 AND (NEW.approval_rules_version IS NULL OR asking.approvals >= NEW.approvals_required) THEN
    NEW.approval_rules_version := asking.version;
    NEW.approval_rule_names := asking.names;
  END IF;
  NEW.approvals_required := greatest(NEW.approvals_required, asking.approvals);
  RETURN NEW;
END $$;

-- By their names they come before those that let nothing start.
CREATE TRIGGER plans_approvals_judged BEFORE UPDATE ON "plans" FOR EACH ROW
  WHEN (NEW.drill_id IS NULL AND (NEW.state IN ('previewed', 'awaiting_approval', 'scheduled')
    OR (NEW.state IN ('paused', 'halted') AND NEW.started_at IS NULL)
    OR (NEW.state = 'running' AND OLD.state <> 'running'
      AND (OLD.started_at IS NULL OR OLD.state NOT IN ('paused', 'halted')))))
  EXECUTE FUNCTION judge_by_approval_rules();
CREATE TRIGGER drills_approvals_judged BEFORE UPDATE ON "drills" FOR EACH ROW
  WHEN (NEW.mode = 'live' AND OLD.started_at IS NULL AND (NEW.state = 'running'
    OR (NEW.scope_sha256 IS NOT NULL AND NEW.state IN ('resolving', 'awaiting_approval'))))
  EXECUTE FUNCTION judge_by_approval_rules();

CREATE FUNCTION refuse_fewer_approvals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'plan % needs % approvals, and no fewer', NEW.id, OLD.approvals_required;
END $$;

CREATE TRIGGER plans_approvals_kept BEFORE UPDATE ON "plans" FOR EACH ROW
  WHEN (NEW.approvals_required < OLD.approvals_required) EXECUTE FUNCTION refuse_fewer_approvals();

CREATE OR REPLACE FUNCTION refuse_unapproved_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.started_at IS NOT NULL AND OLD.state IN ('paused', 'halted') THEN
    IF NOT keeps_approvals(NEW) THEN
      RAISE EXCEPTION 'plan % lacks its approvals', NEW.id;
    END IF;
    RETURN NEW;
  END IF;
  IF NOT is_approved(NEW) THEN
    RAISE EXCEPTION 'plan % lacks its approvals', NEW.id;
  END IF;
  IF NOT may_start(NEW) THEN
    RAISE EXCEPTION 'plan % belongs to drill %, which does not let it run', NEW.id, NEW.drill_id;
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER plans_start_approved ON "plans";
CREATE TRIGGER plans_start_approved BEFORE UPDATE ON "plans" FOR EACH ROW
  WHEN (NEW.state = 'running' AND OLD.state <> 'running') EXECUTE FUNCTION refuse_unapproved_start();

-- As it was; but before a drill begins the rules may ask for more approvals.
CREATE OR REPLACE FUNCTION drill_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND OLD.state IN ('succeeded', 'completed_with_findings', 'failed', 'aborted') THEN
    RAISE EXCEPTION 'drill % has ended', NEW.id;
  END IF;
  IF NEW.state = 'running' AND OLD.state <> 'running' AND NOT is_drill_approved(NEW) THEN
    RAISE EXCEPTION 'drill % lacks its approvals', NEW.id;
  END IF;
  IF (OLD.spec_sha256, OLD.created_by, OLD.declared_at, OLD.approvers, OLD.mode)
    IS DISTINCT FROM (NEW.spec_sha256, NEW.created_by, NEW.declared_at, NEW.approvers, NEW.mode)
    OR NEW.approvals_required < OLD.approvals_required
    OR (NEW.approvals_required > OLD.approvals_required AND OLD.started_at IS NOT NULL)
    OR (OLD.scope_sha256 IS NOT NULL AND OLD.scope_sha256 IS DISTINCT FROM NEW.scope_sha256) THEN
    RAISE EXCEPTION 'what drill % is cannot be changed', NEW.id;
  END IF;
  RETURN NEW;
END $$;

-- As it was; and by which rules a plan waits for approval.
CREATE OR REPLACE FUNCTION plan_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  after_all record;
  moved boolean;
  limits_before jsonb := plan_limits(OLD.priority, OLD.max_in_flight, OLD.windows, OLD.tolerance_count,
    OLD.tolerance_percent);
  limits_after jsonb := plan_limits(NEW.priority, NEW.max_in_flight, NEW.windows, NEW.tolerance_count,
    NEW.tolerance_percent);
  changed boolean := limits_before <> limits_after;
BEGIN
  SELECT p.state, p.reason, p.resolved_sha256, p.approvals_required, p.approval_rules_version, p.approval_rule_names
  INTO after_all FROM plans p WHERE p.id = NEW.id;
  moved := after_all.state <> OLD.state;
  PERFORM append_audit('plan', NEW.id::text, CASE WHEN changed AND NOT moved THEN 'plan.patch' ELSE 'plan.' || after_all.state END,
    jsonb_build_object('from', CASE WHEN moved THEN OLD.state END, 'state', after_all.state, 'reason', after_all.reason,
      'limits_before', CASE WHEN changed THEN limits_before END, 'limits', CASE WHEN changed THEN limits_after END,
      'spec_sha256', NEW.spec_sha256, 'resolved_sha256', after_all.resolved_sha256,
      'approval_rules', CASE WHEN moved AND after_all.state = 'awaiting_approval' AND after_all.approval_rules_version IS NOT NULL
        THEN jsonb_build_object('version', after_all.approval_rules_version, 'names', after_all.approval_rule_names,
          'approvals_required', after_all.approvals_required) END));
  RETURN NULL;
END $$;
