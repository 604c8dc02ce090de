-- What may not be done, and who may: guards of tables, approvals, people.
-- As the migrations leave it, written by `npm run sql:write`; a test compares it with a migrated database. To change a function
-- write a migration that begins with what stands here.

-- approval_updated()
CREATE OR REPLACE FUNCTION public.approval_updated()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL OR NEW.void_reason IS NULL
    OR to_jsonb(OLD) - 'voided_at' - 'void_reason' <> to_jsonb(NEW) - 'voided_at' - 'void_reason' THEN
    RAISE EXCEPTION 'an approval may be voided, once, and not changed otherwise';
  END IF;
  RETURN NEW;
END $function$;
CREATE TRIGGER approvals_only_voided BEFORE UPDATE ON public.approvals FOR EACH ROW EXECUTE FUNCTION approval_updated();

-- drill_allows(drill_id uuid)
CREATE OR REPLACE FUNCTION public.drill_allows(drill_id uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (SELECT 1 FROM drills d
    WHERE d.id = $1 AND d.mode = 'live' AND d.state IN ('running', 'rolling_back') AND is_drill_approved(d))
$function$;

-- drill_updated()
CREATE OR REPLACE FUNCTION public.drill_updated()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$;
CREATE TRIGGER drills_guarded BEFORE UPDATE ON public.drills FOR EACH ROW EXECUTE FUNCTION drill_updated();

-- is_approved(plan plans)
CREATE OR REPLACE FUNCTION public.is_approved(plan plans)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT plan.approvals_required = 0 OR plan.approvals_required <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a
    WHERE a.plan_id = plan.id AND a.voided_at IS NULL AND a.expires_at > now())
$function$;

-- is_drill_approved(drill drills)
CREATE OR REPLACE FUNCTION public.is_drill_approved(drill drills)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT drill.approvals_required = 0 OR drill.broken_glass_at IS NOT NULL OR drill.approvals_required <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM drill_approvals a
    WHERE a.drill_id = drill.id AND a.step_position IS NULL AND a.decision = 'approve'
      AND a.spec_sha256 = drill.spec_sha256 AND a.scope_sha256 = drill.scope_sha256
      AND NOT is_one_of(a.approver, ARRAY[drill.created_by])
      AND (cardinality(drill.approvers) = 0 OR a.approver = ANY(drill.approvers)))
$function$;

-- is_one_of(caller text, callers text[])
CREATE OR REPLACE FUNCTION public.is_one_of(caller text, callers text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (SELECT 1 FROM unnest(callers) c WHERE person_of(c) = person_of(caller))
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
AS $function$
BEGIN
  RAISE EXCEPTION 'plan % is archived', OLD.id;
END $function$;
CREATE TRIGGER plans_stay_archived BEFORE UPDATE ON public.plans FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (((old.archived_at IS DISTINCT FROM new.archived_at) OR (old.state IS DISTINCT FROM new.state)) OR (old.finished_at IS DISTINCT FROM new.finished_at)))) EXECUTE FUNCTION refuse_archived();

-- refuse_change()
CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $function$;
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

-- refuse_other_scope()
CREATE OR REPLACE FUNCTION public.refuse_other_scope()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'the scope of % % is never changed', TG_TABLE_NAME, OLD.id;
END $function$;
CREATE TRIGGER api_tokens_keep_scope BEFORE UPDATE OF accounts, regions ON public.api_tokens FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();
CREATE TRIGGER plans_keep_scope BEFORE UPDATE OF accounts, regions ON public.plans FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();
CREATE TRIGGER schedules_keep_scope BEFORE UPDATE OF accounts, regions ON public.schedules FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();

-- refuse_unapproved_start()
CREATE OR REPLACE FUNCTION public.refuse_unapproved_start()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NOT is_approved(NEW) THEN
    RAISE EXCEPTION 'plan % lacks its approvals', NEW.id;
  END IF;
  IF NOT may_start(NEW) THEN
    RAISE EXCEPTION 'plan % belongs to drill %, which does not let it run', NEW.id, NEW.drill_id;
  END IF;
  RETURN NEW;
END $function$;
CREATE TRIGGER plans_start_approved BEFORE UPDATE ON public.plans FOR EACH ROW WHEN (((new.state = 'running'::plan_state) AND (old.state <> 'running'::plan_state) AND ((old.started_at IS NULL) OR (old.state <> ALL (ARRAY['paused'::plan_state, 'halted'::plan_state]))))) EXECUTE FUNCTION refuse_unapproved_start();

-- refuse_unarchived()
CREATE OR REPLACE FUNCTION public.refuse_unarchived()
 RETURNS trigger
 LANGUAGE plpgsql
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
