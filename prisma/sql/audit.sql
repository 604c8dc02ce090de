-- The audit log: what writes entries, what chains them, and what keeps its months.
-- As the migrations leave it, written by `npm run sql:write`; a test compares it with a migrated database. To change a function
-- write a migration that begins with what stands here.

-- api_token_changed()
CREATE OR REPLACE FUNCTION public.api_token_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE token api_tokens := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('token', token.id::text, CASE WHEN TG_OP = 'INSERT' THEN 'token.create'
      WHEN TG_OP = 'DELETE' THEN 'token.delete'
      WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN 'token.revoke' ELSE 'token.change' END,
    jsonb_build_object('name', token.name, 'role', token.role, 'accounts', token.accounts, 'regions', token.regions,
      'expires_at', token.expires_at)
      || CASE WHEN token.person IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('person', token.person) END);
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER api_tokens_changed AFTER UPDATE ON public.api_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.sha256 IS DISTINCT FROM new.sha256) OR (old.name IS DISTINCT FROM new.name) OR (old.role IS DISTINCT FROM new.role) OR (old.expires_at IS DISTINCT FROM new.expires_at) OR (old.revoked_at IS DISTINCT FROM new.revoked_at))) EXECUTE FUNCTION api_token_changed();
CREATE CONSTRAINT TRIGGER api_tokens_made AFTER INSERT OR DELETE ON public.api_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION api_token_changed();

-- append_audit(type text, id text, own_action text, own_detail jsonb, result audit_outcome)
CREATE OR REPLACE FUNCTION public.append_audit(type text, id text, own_action text, own_detail jsonb, result audit_outcome DEFAULT 'done'::audit_outcome)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  command jsonb := coalesce(nullif(current_setting('keyferry.command', true), '')::jsonb, '{"caller": "system"}');
  -- Long enough for any transaction and any step of the clock; older months are not looked into.
  lately timestamptz := now() - interval '1 day';
  newest xid;
  entry audit_entries;
BEGIN
  -- Once a transaction and object: a command may touch several rows of what it changes. The newest entry of the object says so:
  -- from its first entry until it commits no other transaction writes one.
  IF id IS NULL THEN
    SELECT e.xmin INTO newest FROM audit_entries e
    WHERE e.object_id IS NULL AND e.object_type = type AND e.at > lately ORDER BY e.seq DESC LIMIT 1;
  ELSE
    SELECT e.xmin INTO newest FROM audit_entries e
    WHERE e.object_id = id AND e.object_type = type AND e.at > lately ORDER BY e.seq DESC LIMIT 1;
  END IF;
  IF newest = pg_current_xact_id()::xid THEN RETURN; END IF;

  entry.action := CASE WHEN starts_with(command ->> 'action', type || '.') THEN command ->> 'action' ELSE own_action END;
  -- That a part of the log was dropped is for its owner to say: whoever verifies goes on from there.
  IF starts_with(entry.action, 'audit.') AND NOT pg_has_role(session_user, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'entries about the log itself are written by its owner' USING ERRCODE = 'insufficient_privilege';
  END IF;

  SELECT h.seq + 1, h.hash INTO entry.seq, entry.prev_hash FROM audit_head h FOR UPDATE;
  entry.at := date_trunc('milliseconds', clock_timestamp());
  entry.caller := command ->> 'caller';
  entry.role := command ->> 'role';
  entry.token_id := command ->> 'token_id';
  entry.request_id := command ->> 'request_id';
  entry.object_type := type;
  entry.object_id := id;
  entry.outcome := result;
  entry.detail := jsonb_strip_nulls(own_detail || jsonb_build_object('caller_request_id', command ->> 'caller_request_id'));
  entry.hash := audit_hash(entry);
  UPDATE audit_head SET seq = entry.seq, hash = entry.hash;
  PERFORM provide_audit_month(date_trunc('month', entry.at AT TIME ZONE 'UTC'));
  INSERT INTO audit_entries VALUES (entry.*);
END $function$;

-- approval_rules_changed()
CREATE OR REPLACE FUNCTION public.approval_rules_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM append_audit('approval_rules', NEW.version::text, 'approval_rules.put', jsonb_build_object('version', NEW.version,
    'sha256', NEW.sha256, 'rules', jsonb_array_length(NEW.rules), 'comment', NEW.comment,
    'sha256_before', (SELECT r.sha256 FROM approval_rules r WHERE r.version = NEW.version - 1)));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER approval_rules_put AFTER INSERT ON public.approval_rules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_rules_changed();

-- approval_voided()
CREATE OR REPLACE FUNCTION public.approval_voided()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM append_audit('approval', NEW.id::text, 'approval.void', jsonb_build_object('plan_id', NEW.plan_id,
    'approver', NEW.approver, 'reason', NEW.void_reason));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER approvals_voided AFTER UPDATE ON public.approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_voided();

-- audit_hash(entry audit_entries)
CREATE OR REPLACE FUNCTION public.audit_hash(entry audit_entries)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT encode(sha256(convert_to(canonical_json(jsonb_build_object(
    'seq', entry.seq,
    'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'actor', jsonb_build_object('caller', entry.caller, 'role', entry.role, 'token_id', entry.token_id),
    'action', entry.action,
    'object', jsonb_build_object('type', entry.object_type, 'id', entry.object_id),
    'outcome', entry.outcome,
    'request_id', entry.request_id,
    'detail', entry.detail,
    'prev_hash', entry.prev_hash)), 'UTF8')), 'hex')
$function$;

-- canonical_json(value jsonb)
CREATE OR REPLACE FUNCTION public.canonical_json(value jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET extra_float_digits TO '1'
AS $function$
DECLARE number float8;
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN '{' || coalesce((
        SELECT string_agg(to_json(f.key)::text || ':' || canonical_json(f.value), ',' ORDER BY f.key COLLATE "C")
        FROM jsonb_each(value) f), '') || '}';
    WHEN 'array' THEN
      RETURN '[' || coalesce((
        SELECT string_agg(canonical_json(i.value), ',' ORDER BY i.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY i), '') || ']';
    WHEN 'string' THEN
      RETURN to_json(value #>> '{}')::text;
    WHEN 'number' THEN
      number := (value #>> '{}')::float8;
      IF number <> 0 AND (abs(number) < 1e-6 OR abs(number) >= 1e21) THEN
        RETURN regexp_replace(number::text, 'e([+-])0+', 'e\1');
      END IF;
      RETURN trim_scale(number::text::numeric)::text;
    ELSE
      RETURN value::text;
  END CASE;
END $function$;

-- coverage_check_asked()
CREATE OR REPLACE FUNCTION public.coverage_check_asked()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM append_audit('coverage', coalesce(NEW.policy_name, NEW.id::text), 'coverage.check',
    jsonb_build_object('check_id', NEW.id, 'spec_sha256', NEW.spec_sha256, 'proof', NEW.proof));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER coverage_checks_asked AFTER INSERT ON public.coverage_checks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.cause = 'asked'::coverage_cause)) EXECUTE FUNCTION coverage_check_asked();

-- coverage_policy_changed()
CREATE OR REPLACE FUNCTION public.coverage_policy_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE policy coverage_policies := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('coverage', policy.name, CASE TG_OP WHEN 'DELETE' THEN 'coverage.delete' ELSE 'coverage.put' END,
    jsonb_build_object('spec_sha256', policy.spec_sha256, 'schedule', policy.spec -> 'schedule',
      'spec_sha256_before', CASE WHEN TG_OP = 'UPDATE' THEN OLD.spec_sha256 END));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER coverage_policies_changed AFTER UPDATE ON public.coverage_policies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.updated_at IS DISTINCT FROM new.updated_at)) EXECUTE FUNCTION coverage_policy_changed();
CREATE CONSTRAINT TRIGGER coverage_policies_made AFTER INSERT OR DELETE ON public.coverage_policies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION coverage_policy_changed();

-- drill_audited()
CREATE OR REPLACE FUNCTION public.drill_audited()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE CONSTRAINT TRIGGER drills_moved AFTER UPDATE ON public.drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.state IS DISTINCT FROM new.state) OR (old.broken_glass_at IS DISTINCT FROM new.broken_glass_at))) EXECUTE FUNCTION drill_audited();
CREATE CONSTRAINT TRIGGER drills_run AFTER INSERT ON public.drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drill_audited();

-- drill_decided()
CREATE OR REPLACE FUNCTION public.drill_decided()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE after_all drill_state;
BEGIN
  SELECT d.state INTO after_all FROM drills d WHERE d.id = NEW.drill_id;
  PERFORM append_audit('drill', NEW.drill_id::text, 'drill.' || NEW.decision, jsonb_build_object('approval_id', NEW.id,
    'approver', NEW.approver, 'decision', NEW.decision, 'state', after_all, 'step', (SELECT s.id FROM drill_steps s
      WHERE s.drill_id = NEW.drill_id AND s.position = NEW.step_position),
    'spec_sha256', NEW.spec_sha256, 'scope_sha256', NEW.scope_sha256));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER drill_approvals_given AFTER INSERT ON public.drill_approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drill_decided();

-- drill_finding_noted()
CREATE OR REPLACE FUNCTION public.drill_finding_noted()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM append_audit('drill', NEW.drill_id::text,
    CASE NEW.code WHEN 'broken_glass' THEN 'drill.break_glass' ELSE 'drill.finding' END,
    jsonb_build_object('seq', NEW.seq, 'severity', NEW.severity, 'owner', NEW.owner, 'due', NEW.due, 'ticket', NEW.ticket,
      'message', CASE NEW.code WHEN 'broken_glass' THEN NEW.message END));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER drill_findings_noted AFTER INSERT ON public.drill_findings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.noted_by IS NOT NULL) OR (new.code = 'broken_glass'::text))) EXECUTE FUNCTION drill_finding_noted();

-- drop_audit_month(month date)
CREATE OR REPLACE FUNCTION public.drop_audit_month(month date)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  part text := to_char(month, '"audit_entries_"YYYY_MM');
  oldest text;
  last record;
  signed_at timestamptz;
BEGIN
  PERFORM 1 FROM audit_head FOR UPDATE;
  SELECT min(c.relname) INTO oldest FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'audit_entries'::regclass;
  IF oldest IS DISTINCT FROM part THEN
    RAISE EXCEPTION 'the oldest month of the log is %, and not %', coalesce(oldest, 'none'), part;
  END IF;
  IF date_trunc('month', month) + interval '13 months' > now() AT TIME ZONE 'UTC' THEN
    RAISE EXCEPTION '% is kept until twelve months after its end', part;
  END IF;
  EXECUTE format('SELECT seq, hash FROM %I ORDER BY seq DESC LIMIT 1', part) INTO last;
  SELECT c.at INTO signed_at FROM audit_checkpoints c WHERE c.seq >= last.seq ORDER BY c.seq LIMIT 1;
  IF signed_at IS NULL THEN
    RAISE EXCEPTION 'no signed checkpoint covers %: configure KEYFERRY_SIGNING_KEY first', part;
  END IF;
  -- In hours: a day of a time zone may have 23.
  IF signed_at + interval '8760 hours' > now() THEN
    RAISE EXCEPTION '% is kept until 365 days after it was first signed, %', part, signed_at;
  END IF;
  EXECUTE format('DROP TABLE %I', part);
  PERFORM append_audit('audit', part, 'audit.drop', jsonb_build_object('last_seq', last.seq, 'last_hash', last.hash));
  RETURN format('dropped %s, up to entry %s', part, last.seq);
END $function$;

-- lane_quota_changed()
CREATE OR REPLACE FUNCTION public.lane_quota_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM append_audit('lane', format('%s:%s:%s', NEW.account, NEW.region, NEW.operation), 'lane.patch',
    jsonb_build_object('quota_per_second', NEW.quota_per_second,
      'quota_before', CASE WHEN TG_OP = 'UPDATE' THEN OLD.quota_per_second END));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER lanes_quota_changed AFTER UPDATE ON public.lanes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.quota_per_second IS DISTINCT FROM new.quota_per_second)) EXECUTE FUNCTION lane_quota_changed();
CREATE CONSTRAINT TRIGGER lanes_quota_set AFTER INSERT ON public.lanes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.quota_per_second IS NOT NULL)) EXECUTE FUNCTION lane_quota_changed();

-- leave_out_unchained_checkpoint()
CREATE OR REPLACE FUNCTION public.leave_out_unchained_checkpoint()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF NEW.prev_hash IS NULL THEN RETURN NULL; END IF;
  RETURN NEW;
END $function$;
CREATE TRIGGER audit_checkpoints_chained BEFORE INSERT ON public.audit_checkpoints FOR EACH ROW EXECUTE FUNCTION leave_out_unchained_checkpoint();

-- plan_approved()
CREATE OR REPLACE FUNCTION public.plan_approved()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE after_all record;
BEGIN
  SELECT p.state INTO after_all FROM plans p WHERE p.id = NEW.plan_id;
  PERFORM append_audit('plan', NEW.plan_id::text, 'plan.approve', jsonb_build_object('approval_id', NEW.id,
    'approver', NEW.approver, 'state', after_all.state, 'limits', NEW.limits,
    'spec_sha256', NEW.spec_sha256, 'resolved_sha256', NEW.resolved_sha256));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER approvals_given AFTER INSERT ON public.approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plan_approved();

-- plan_limits(priority integer, max_in_flight integer, windows jsonb, tolerance_count integer, tolerance_percent double precision)
CREATE OR REPLACE FUNCTION public.plan_limits(priority integer, max_in_flight integer, windows jsonb, tolerance_count integer, tolerance_percent double precision)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT jsonb_build_object('priority', priority, 'max_in_flight', max_in_flight, 'windows', windows, 'failure_tolerance', CASE
    WHEN tolerance_count IS NOT NULL THEN jsonb_build_object('count', tolerance_count)
    WHEN tolerance_percent IS NOT NULL THEN jsonb_build_object('percent', tolerance_percent) END)
$function$;

-- plan_moved()
CREATE OR REPLACE FUNCTION public.plan_moved()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE CONSTRAINT TRIGGER plans_moved AFTER UPDATE ON public.plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.state IS DISTINCT FROM new.state) OR (old.priority IS DISTINCT FROM new.priority) OR (old.max_in_flight IS DISTINCT FROM new.max_in_flight) OR (old.windows IS DISTINCT FROM new.windows) OR (old.tolerance_count IS DISTINCT FROM new.tolerance_count) OR (old.tolerance_percent IS DISTINCT FROM new.tolerance_percent))) EXECUTE FUNCTION plan_moved();

-- plan_submitted()
CREATE OR REPLACE FUNCTION public.plan_submitted()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM append_audit('plan', NEW.id::text, 'plan.submit', jsonb_build_object('name', NEW.name, 'mode', NEW.mode,
    'change_ticket', NEW.spec #>> '{options,change_ticket}', 'spec_sha256', NEW.spec_sha256));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER plans_submitted AFTER INSERT ON public.plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plan_submitted();

-- provide_audit_month(month timestamp without time zone)
CREATE OR REPLACE FUNCTION public.provide_audit_month(month timestamp without time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET "TimeZone" TO 'UTC'
 SET "DateStyle" TO 'ISO, MDY'
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE part text := to_char(month, '"audit_entries_"YYYY_MM');
BEGIN
  IF to_regclass(part) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF audit_entries FOR VALUES FROM (%L) TO (%L)', part,
    month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
  EXECUTE format('CREATE TRIGGER append_only BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    part);
END $function$;

-- refuse_stray_entry()
CREATE OR REPLACE FUNCTION public.refuse_stray_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM audit_head h WHERE h.seq = NEW.seq AND h.hash = NEW.hash) THEN
    RAISE EXCEPTION 'audit entries are written by append_audit()';
  END IF;
  RETURN NEW;
END $function$;
CREATE TRIGGER audit_entries_in_order BEFORE INSERT ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_stray_entry();

-- region_group_changed()
CREATE OR REPLACE FUNCTION public.region_group_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM append_audit('region_group', OLD.name, 'region_group.delete',
      jsonb_build_object('regions', OLD.regions, 'accounts', OLD.accounts));
  ELSE
    PERFORM append_audit('region_group', NEW.name, 'region_group.put',
      jsonb_build_object('regions', NEW.regions, 'accounts', NEW.accounts));
  END IF;
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER region_groups_changed AFTER INSERT OR DELETE OR UPDATE ON public.region_groups DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION region_group_changed();

-- schedule_changed()
CREATE OR REPLACE FUNCTION public.schedule_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE schedule schedules := coalesce(NEW, OLD);
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.last_plan_id IS DISTINCT FROM NEW.last_plan_id THEN
    PERFORM append_audit('schedule', NEW.id::text, 'schedule.run', jsonb_build_object('name', NEW.name,
      'plan_id', NEW.last_plan_id));
  ELSE
    PERFORM append_audit('schedule', schedule.id::text, CASE TG_OP WHEN 'INSERT' THEN 'schedule.create'
        WHEN 'DELETE' THEN 'schedule.delete' ELSE 'schedule.replace' END,
      jsonb_build_object('name', schedule.name, 'cron', schedule.cron, 'time_zone', schedule.time_zone,
        'enabled', schedule.enabled, 'overlap', schedule.overlap, 'plan_name', schedule.plan ->> 'name'));
  END IF;
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER schedules_changed AFTER UPDATE ON public.schedules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.updated_at IS DISTINCT FROM new.updated_at) OR (old.last_plan_id IS DISTINCT FROM new.last_plan_id))) EXECUTE FUNCTION schedule_changed();
CREATE CONSTRAINT TRIGGER schedules_made AFTER INSERT OR DELETE ON public.schedules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION schedule_changed();

-- session_changed()
CREATE OR REPLACE FUNCTION public.session_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE session sessions := coalesce(NEW, OLD);
BEGIN
  IF TG_OP = 'DELETE' AND least(OLD.expires_at, OLD.idle_until) <= now() THEN RETURN NULL; END IF;
  PERFORM append_audit('session', session.id::text, CASE TG_OP WHEN 'INSERT' THEN 'session.create'
      WHEN 'DELETE' THEN 'session.delete' ELSE 'session.change' END,
    jsonb_build_object('by', CASE WHEN session.token_id IS NOT NULL THEN 'token'
        WHEN session.admin_proof IS NOT NULL THEN 'admin_token' ELSE 'oidc' END,
      'token_id', session.token_id, 'issuer', session.issuer, 'subject', session.subject, 'caller', session.caller,
      'role', session.role, 'expires_at', session.expires_at));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER sessions_changed AFTER UPDATE ON public.sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.sha256 IS DISTINCT FROM new.sha256) OR (old.token_id IS DISTINCT FROM new.token_id) OR (old.admin_proof IS DISTINCT FROM new.admin_proof) OR (old.issuer IS DISTINCT FROM new.issuer) OR (old.subject IS DISTINCT FROM new.subject) OR (old.caller IS DISTINCT FROM new.caller) OR (old.role IS DISTINCT FROM new.role) OR (old.expires_at IS DISTINCT FROM new.expires_at))) EXECUTE FUNCTION session_changed();
CREATE CONSTRAINT TRIGGER sessions_made AFTER INSERT OR DELETE ON public.sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION session_changed();

-- webhook_changed()
CREATE OR REPLACE FUNCTION public.webhook_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE hook webhooks := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('webhook', hook.id::text, CASE
      WHEN TG_OP = 'INSERT' THEN 'webhook.create'
      WHEN TG_OP = 'DELETE' THEN 'webhook.delete'
      WHEN OLD.secret <> NEW.secret THEN 'webhook.rotate'
      WHEN OLD.enabled AND NOT NEW.enabled AND NEW.disabled_reason IS NOT NULL THEN 'webhook.disable'
      ELSE 'webhook.replace' END,
    jsonb_build_object('name', hook.name, 'host', substring(hook.url FROM '^[a-z]+://([^/?#]+)'), 'events', hook.events,
      'enabled', hook.enabled, 'reason', hook.disabled_reason));
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER webhooks_changed AFTER UPDATE ON public.webhooks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.name IS DISTINCT FROM new.name) OR (old.url IS DISTINCT FROM new.url) OR (old.events IS DISTINCT FROM new.events) OR (old.enabled IS DISTINCT FROM new.enabled) OR (old.secret IS DISTINCT FROM new.secret) OR (old.updated_at IS DISTINCT FROM new.updated_at))) EXECUTE FUNCTION webhook_changed();
CREATE CONSTRAINT TRIGGER webhooks_made AFTER INSERT OR DELETE ON public.webhooks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION webhook_changed();

-- without_nulls(value jsonb)
CREATE OR REPLACE FUNCTION public.without_nulls(value jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT value - ARRAY(SELECT key FROM jsonb_each(value) WHERE jsonb_typeof(jsonb_each.value) = 'null')
$function$;
