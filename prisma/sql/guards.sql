-- What may not be done, and who may: guards of tables, approvals, people.
-- As the migrations leave it, written by `npm run sql:write`; a test compares it with a migrated database. To change a function
-- write a migration that begins with what stands here.

-- approval_facts(plan plans)
CREATE OR REPLACE FUNCTION public.approval_facts(plan plans)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

-- approval_rule_matches(rule jsonb, facts jsonb)
CREATE OR REPLACE FUNCTION public.approval_rule_matches(rule jsonb, facts jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT is_any_wanted(rule -> 'for', facts -> 'for')
    AND is_any_wanted(rule #> '{when,operations}', facts -> 'operations')
    AND is_any_wanted(rule #> '{when,accounts}', facts -> 'accounts')
    AND is_any_wanted(rule #> '{when,regions}', facts -> 'regions')
    AND (rule #> '{when,policy_change}' IS NULL OR (facts ->> 'policy_change')::boolean)
    AND coalesce((rule #>> '{when,min_replicas}')::int <= (facts ->> 'replicas')::int, true)
$function$;

-- approval_rules_asking(facts jsonb, OUT version integer, OUT approvals integer, OUT names text[])
CREATE OR REPLACE FUNCTION public.approval_rules_asking(facts jsonb, OUT version integer, OUT approvals integer, OUT names text[])
 RETURNS record
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(max(newest.version), 0), coalesce(max((r.rule ->> 'approvals')::int), 0),
    coalesce(array_agg(r.rule ->> 'name' ORDER BY r.position) FILTER (WHERE r.rule IS NOT NULL), '{}')
  FROM (SELECT a.version, a.rules FROM approval_rules a ORDER BY a.version DESC LIMIT 1) newest
  LEFT JOIN LATERAL jsonb_array_elements(newest.rules) WITH ORDINALITY r(rule, position)
    ON approval_rule_matches(r.rule, facts)
$function$;

-- approval_updated()
CREATE OR REPLACE FUNCTION public.approval_updated()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL OR NEW.void_reason IS NULL
    OR to_jsonb(OLD) - 'voided_at' - 'void_reason' <> to_jsonb(NEW) - 'voided_at' - 'void_reason' THEN
    RAISE EXCEPTION 'an approval may be voided, once, and not changed otherwise';
  END IF;
  RETURN NEW;
END $function$;
CREATE TRIGGER approvals_only_voided BEFORE UPDATE ON public.approvals FOR EACH ROW EXECUTE FUNCTION approval_updated();

-- approvals_needed(plan plans)
CREATE OR REPLACE FUNCTION public.approvals_needed(plan plans)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  SELECT greatest(plan.approvals_required, CASE
    WHEN plan.drill_id IS NULL AND plan.approval_rules_judged <> current_approval_rules()
    THEN (SELECT asking.approvals FROM approval_rules_asking(approval_facts(plan)) asking) END)
$function$;

-- current_approval_rules()
CREATE OR REPLACE FUNCTION public.current_approval_rules()
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(max(version), 0) FROM approval_rules
$function$;

-- drill_allows(drill_id uuid)
CREATE OR REPLACE FUNCTION public.drill_allows(drill_id uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (SELECT 1 FROM drills d
    WHERE d.id = $1 AND d.mode = 'live' AND d.state IN ('running', 'rolling_back') AND is_drill_approved(d))
$function$;

-- drill_approval_facts(drill drills)
CREATE OR REPLACE FUNCTION public.drill_approval_facts(drill drills)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

-- drill_approvals_needed(drill drills)
CREATE OR REPLACE FUNCTION public.drill_approvals_needed(drill drills)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  SELECT greatest(drill.approvals_required, CASE
    WHEN drill.mode = 'live' AND drill.started_at IS NULL AND drill.approval_rules_judged <> current_approval_rules()
    THEN (SELECT asking.approvals FROM approval_rules_asking(drill_approval_facts(drill)) asking) END)
$function$;

-- drill_updated()
CREATE OR REPLACE FUNCTION public.drill_updated()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
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
END $function$;
CREATE TRIGGER drills_guarded BEFORE UPDATE ON public.drills FOR EACH ROW EXECUTE FUNCTION drill_updated();

-- is_any_wanted(wanted jsonb, present jsonb)
CREATE OR REPLACE FUNCTION public.is_any_wanted(wanted jsonb, present jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT wanted IS NULL OR present IS NULL OR jsonb_typeof(present) = 'null'
    OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(present) p WHERE wanted ? p)
$function$;

-- is_approved(plan plans)
CREATE OR REPLACE FUNCTION public.is_approved(plan plans)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT needed = 0 OR needed <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a
    WHERE a.plan_id = plan.id AND a.voided_at IS NULL AND a.expires_at > now())
  FROM (SELECT approvals_needed(plan) AS needed) n
$function$;

-- is_drill_approved(drill drills)
CREATE OR REPLACE FUNCTION public.is_drill_approved(drill drills)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT needed = 0 OR drill.broken_glass_at IS NOT NULL OR needed <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM drill_approvals a
    WHERE a.drill_id = drill.id AND a.step_position IS NULL AND a.decision = 'approve'
      AND a.spec_sha256 = drill.spec_sha256 AND a.scope_sha256 = drill.scope_sha256
      AND NOT is_one_of(a.approver, ARRAY[drill.created_by])
      AND (cardinality(drill.approvers) = 0 OR a.approver = ANY(drill.approvers)))
  FROM (SELECT drill_approvals_needed(drill) AS needed) n
$function$;

-- is_one_of(caller text, callers text[])
CREATE OR REPLACE FUNCTION public.is_one_of(caller text, callers text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (SELECT 1 FROM unnest(callers) c WHERE person_of(c) = person_of(caller))
$function$;

-- judge_by_approval_rules()
CREATE OR REPLACE FUNCTION public.judge_by_approval_rules()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE TRIGGER drills_approvals_judged BEFORE UPDATE ON public.drills FOR EACH ROW WHEN (((new.mode = 'live'::drill_mode) AND (old.started_at IS NULL) AND ((new.state = 'running'::drill_state) OR ((new.scope_sha256 IS NOT NULL) AND (new.state = ANY (ARRAY['resolving'::drill_state, 'awaiting_approval'::drill_state])))))) EXECUTE FUNCTION judge_by_approval_rules();
CREATE TRIGGER plans_approvals_judged BEFORE UPDATE ON public.plans FOR EACH ROW WHEN (((new.drill_id IS NULL) AND ((new.state = ANY (ARRAY['previewed'::plan_state, 'awaiting_approval'::plan_state, 'scheduled'::plan_state])) OR ((new.state = ANY (ARRAY['paused'::plan_state, 'halted'::plan_state])) AND (new.started_at IS NULL)) OR ((new.state = 'running'::plan_state) AND (old.state <> 'running'::plan_state) AND ((old.started_at IS NULL) OR (old.state <> ALL (ARRAY['paused'::plan_state, 'halted'::plan_state]))))))) EXECUTE FUNCTION judge_by_approval_rules();

-- keeps_approvals(plan plans)
CREATE OR REPLACE FUNCTION public.keeps_approvals(plan plans)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT plan.approvals_required = 0 OR plan.approvals_required <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a WHERE a.plan_id = plan.id AND a.voided_at IS NULL)
$function$;

-- may_start(plan plans)
CREATE OR REPLACE FUNCTION public.may_start(plan plans)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT is_approved(plan) AND (plan.drill_id IS NULL OR drill_allows(plan.drill_id))
$function$;

-- part_deleted()
CREATE OR REPLACE FUNCTION public.part_deleted()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM plans WHERE id = OLD.plan_id AND archived_at IS NOT NULL) THEN
    RAISE EXCEPTION 'plan % is archived', OLD.plan_id;
  END IF;
  RETURN OLD;
END $function$;
CREATE TRIGGER plan_archive_parts_are_kept BEFORE DELETE ON public.plan_archive_parts FOR EACH ROW EXECUTE FUNCTION part_deleted();

-- part_updated()
CREATE OR REPLACE FUNCTION public.part_updated()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF (OLD.plan_id, OLD.of, OLD.n, OLD.row_count, OLD.sha256) IS DISTINCT FROM
     (NEW.plan_id, NEW.of, NEW.n, NEW.row_count, NEW.sha256) THEN
    RAISE EXCEPTION 'a part of an archive is not changed';
  END IF;
  RETURN NEW;
END $function$;
CREATE TRIGGER plan_archive_parts_only_marked BEFORE UPDATE ON public.plan_archive_parts FOR EACH ROW EXECUTE FUNCTION part_updated();

-- person_of(caller text)
CREATE OR REPLACE FUNCTION public.person_of(caller text)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce((SELECT t.person FROM api_tokens t WHERE t.name = caller AND t.person IS NOT NULL
    ORDER BY t.id DESC LIMIT 1), caller)
$function$;

-- refuse_archived()
CREATE OR REPLACE FUNCTION public.refuse_archived()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'plan % is archived', OLD.id;
END $function$;
CREATE TRIGGER plans_stay_archived BEFORE UPDATE ON public.plans FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND ((old.archived_at IS DISTINCT FROM new.archived_at) OR (old.state IS DISTINCT FROM new.state) OR (old.finished_at IS DISTINCT FROM new.finished_at)))) EXECUTE FUNCTION refuse_archived();

-- refuse_change()
CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $function$;
CREATE TRIGGER approval_rules_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.approval_rules FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approvals_are_kept BEFORE DELETE OR TRUNCATE ON public.approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempts_append_only BEFORE UPDATE OR TRUNCATE ON public.attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoints_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_append_only BEFORE DELETE OR UPDATE ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_kept BEFORE TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_kept BEFORE DELETE OR TRUNCATE ON public.audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drill_approvals_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.drill_approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drill_findings_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.drill_findings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drill_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.drill_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drills_are_kept BEFORE DELETE OR TRUNCATE ON public.drills FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_archive_parts_append_only BEFORE TRUNCATE ON public.plan_archive_parts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER replicas_are_kept BEFORE TRUNCATE ON public.replicas FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- refuse_fewer_approvals()
CREATE OR REPLACE FUNCTION public.refuse_fewer_approvals()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'plan % needs % approvals, and no fewer', NEW.id, OLD.approvals_required;
END $function$;
CREATE TRIGGER plans_approvals_kept BEFORE UPDATE ON public.plans FOR EACH ROW WHEN ((new.approvals_required < old.approvals_required)) EXECUTE FUNCTION refuse_fewer_approvals();

-- refuse_other_scope()
CREATE OR REPLACE FUNCTION public.refuse_other_scope()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'the scope of % % is never changed', TG_TABLE_NAME, OLD.id;
END $function$;
CREATE TRIGGER api_tokens_keep_scope BEFORE UPDATE OF accounts, regions ON public.api_tokens FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();
CREATE TRIGGER plans_keep_scope BEFORE UPDATE OF accounts, regions ON public.plans FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();
CREATE TRIGGER schedules_keep_scope BEFORE UPDATE OF accounts, regions ON public.schedules FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();

-- refuse_stray_version()
CREATE OR REPLACE FUNCTION public.refuse_stray_version()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF NEW.version <> 1 + coalesce((SELECT max(version) FROM approval_rules), 0) THEN
    RAISE unique_violation USING MESSAGE = format('version %s of the approval rules does not follow the newest', NEW.version);
  END IF;
  RETURN NEW;
END $function$;
CREATE TRIGGER approval_rules_in_order BEFORE INSERT ON public.approval_rules FOR EACH ROW EXECUTE FUNCTION refuse_stray_version();

-- refuse_transition()
CREATE OR REPLACE FUNCTION public.refuse_transition()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE before text := CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.state::text END;
BEGIN
  IF EXISTS (SELECT 1 FROM state_transitions t
    WHERE t.of_table = TG_TABLE_NAME AND t.from_state = before AND t.to_state = NEW.state::text) THEN
    RETURN NEW;
  END IF;
  IF before = '' THEN
    RAISE EXCEPTION '%: % cannot begin as %', TG_TABLE_NAME, NEW.id, NEW.state;
  END IF;
  RAISE EXCEPTION '%: % cannot go from % to %', TG_TABLE_NAME, OLD.id, OLD.state, NEW.state;
END $function$;
CREATE TRIGGER coverage_checks_first_state BEFORE INSERT ON public.coverage_checks FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER coverage_checks_transitions BEFORE UPDATE ON public.coverage_checks FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER drill_steps_first_state BEFORE INSERT ON public.drill_steps FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER drill_steps_transitions BEFORE UPDATE ON public.drill_steps FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER drills_first_state BEFORE INSERT ON public.drills FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER drills_transitions BEFORE UPDATE ON public.drills FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER plans_first_state BEFORE INSERT ON public.plans FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER plans_transitions BEFORE UPDATE ON public.plans FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER webhook_deliveries_first_state BEFORE INSERT ON public.webhook_deliveries FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER webhook_deliveries_transitions BEFORE UPDATE ON public.webhook_deliveries FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();

-- refuse_unapproved_start()
CREATE OR REPLACE FUNCTION public.refuse_unapproved_start()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE TRIGGER plans_start_approved BEFORE UPDATE ON public.plans FOR EACH ROW WHEN (((new.state = 'running'::plan_state) AND (old.state <> 'running'::plan_state))) EXECUTE FUNCTION refuse_unapproved_start();

-- refuse_unarchived()
CREATE OR REPLACE FUNCTION public.refuse_unarchived()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE refused boolean;
BEGIN
  IF TG_TABLE_NAME = 'replicas' THEN
    SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT plan_id FROM old_rows) o JOIN plans p ON p.id = o.plan_id
      WHERE p.archived_at IS NULL) INTO refused;
  ELSE
    SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT r.plan_id FROM old_rows o JOIN replicas r ON r.id = o.replica_id) o
      JOIN plans p ON p.id = o.plan_id WHERE p.archived_at IS NULL) INTO refused;
  END IF;
  IF refused THEN
    RAISE EXCEPTION '% is append-only: the plan is not archived', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $function$;
CREATE TRIGGER attempts_are_kept AFTER DELETE ON public.attempts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_unarchived();
CREATE TRIGGER replicas_go_archived AFTER DELETE ON public.replicas REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_unarchived();

-- sets_key_policy(block jsonb)
CREATE OR REPLACE FUNCTION public.sets_key_policy(block jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT coalesce(block #> '{aws_param,Policy}' IS NOT NULL OR block ? 'policytemplate'
    OR block -> 'same_as_primary' ? 'policy' OR EXISTS (
      SELECT 1 FROM unnest(ARRAY['key_admins', 'key_admins_roles', 'key_users', 'key_users_roles', 'external_accounts']) l
      WHERE block -> l <> '[]'), false)
$function$;
