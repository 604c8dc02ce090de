-- Everything until version 0.2.0: what the 54 migrations of 0.1 led to, up to 20261202203000_one_outbox. A database that has these
-- is taken for one that has this (packages/store/src/migrate.ts). Why each part is as it is: docs/adr. What functions and
-- triggers are by now: prisma/sql.

-- Functions stand before the tables that they are about.
SET check_function_bodies = false;

CREATE TYPE archived_table AS ENUM (
    'replicas',
    'attempts',
    'plan_keys',
    'manifest_rows',
    'plan_lanes'
);

CREATE TYPE attempt_operation AS ENUM (
    'replicate',
    'promote',
    'reconcile',
    'verify',
    'import',
    'synchronize',
    'alias'
);

CREATE TYPE audit_outcome AS ENUM (
    'done',
    'refused'
);

CREATE TYPE caller_role AS ENUM (
    'viewer',
    'operator',
    'approver',
    'auditor',
    'admin'
);

CREATE TYPE coverage_cause AS ENUM (
    'asked',
    'scheduled',
    'drill'
);

CREATE TYPE coverage_check_state AS ENUM (
    'pending',
    'running',
    'done',
    'failed'
);

CREATE TYPE coverage_state AS ENUM (
    'unknown',
    'missing',
    'pending_deletion',
    'pending_import',
    'disabled',
    'expiring',
    'drifted',
    'covered'
);

CREATE TYPE drill_decision AS ENUM (
    'approve',
    'reject'
);

CREATE TYPE drill_mode AS ENUM (
    'live',
    'rehearse'
);

CREATE TYPE drill_state AS ENUM (
    'resolving',
    'awaiting_approval',
    'running',
    'paused',
    'rolling_back',
    'succeeded',
    'completed_with_findings',
    'failed',
    'aborted'
);

CREATE TYPE drill_step_state AS ENUM (
    'pending',
    'running',
    'awaiting_approval',
    'succeeded',
    'failed',
    'skipped',
    'aborted'
);

CREATE TYPE finding_severity AS ENUM (
    'info',
    'warning',
    'blocking'
);

CREATE TYPE plan_mode AS ENUM (
    'execute',
    'preview'
);

CREATE TYPE plan_operation AS ENUM (
    'replicate',
    'promote'
);

CREATE TYPE plan_state AS ENUM (
    'resolving',
    'previewed',
    'awaiting_approval',
    'scheduled',
    'running',
    'paused',
    'halted',
    'succeeded',
    'completed_with_failures',
    'cancelled',
    'failed'
);

CREATE TYPE replica_outcome AS ENUM (
    'created',
    'adopted',
    'already_present'
);

CREATE TYPE replica_state AS ENUM (
    'pending',
    'queued',
    'replicating',
    'creating',
    'importing',
    'succeeded',
    'already_present',
    'failed',
    'blocked',
    'cancelled'
);

CREATE TYPE schedule_overlap AS ENUM (
    'skip',
    'allow'
);

CREATE TYPE webhook_delivery_state AS ENUM (
    'pending',
    'delivered',
    'failed'
);

CREATE FUNCTION api_token_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE token api_tokens := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('token', token.id::text, CASE WHEN TG_OP = 'INSERT' THEN 'token.create'
      WHEN TG_OP = 'DELETE' THEN 'token.delete'
      WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN 'token.revoke' ELSE 'token.change' END,
    jsonb_build_object('name', token.name, 'role', token.role, 'accounts', token.accounts, 'regions', token.regions,
      'expires_at', token.expires_at)
      || CASE WHEN token.person IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('person', token.person) END);
  RETURN NULL;
END $$;

CREATE FUNCTION append_audit(type text, id text, own_action text, own_detail jsonb, result audit_outcome DEFAULT 'done'::audit_outcome) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
END $$;

CREATE FUNCTION approval_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM note_plan_change(NEW.plan_id, '{}', false);
  RETURN NULL;
END $$;

CREATE TABLE plans (
    id uuid NOT NULL,
    name text NOT NULL,
    mode plan_mode NOT NULL,
    state plan_state NOT NULL,
    spec jsonb NOT NULL,
    spec_sha256 text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    started_at timestamp(3) with time zone,
    finished_at timestamp(3) with time zone,
    reason text,
    start_at timestamp(3) with time zone,
    priority integer NOT NULL,
    max_in_flight integer NOT NULL,
    tolerance_count integer,
    tolerance_percent double precision,
    sequential boolean NOT NULL,
    max_attempts integer NOT NULL,
    resolved_by uuid,
    resolve_not_before timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    resolve_tries integer DEFAULT 0 NOT NULL,
    lower_bound_seconds double precision DEFAULT 0 NOT NULL,
    with_alias boolean DEFAULT false NOT NULL,
    failures_accepted integer DEFAULT 0 NOT NULL,
    resolved_at timestamp(3) with time zone,
    changed_since_preview jsonb,
    approvals_required integer DEFAULT 0 NOT NULL,
    proposed_by text[] DEFAULT ARRAY[]::text[],
    resolved_sha256 text,
    windows jsonb DEFAULT '[]'::jsonb NOT NULL,
    window_opens_at timestamp(3) with time zone,
    window_closes_at timestamp(3) with time zone,
    schedule_id uuid,
    scheduled_for timestamp(3) with time zone,
    accounts text[],
    regions text[],
    traceparent text,
    operation plan_operation DEFAULT 'replicate'::plan_operation NOT NULL,
    drill_id uuid,
    drill_step text,
    imports_material boolean DEFAULT false NOT NULL,
    archived_at timestamp(3) with time zone,
    holders_lost integer DEFAULT 0 NOT NULL,
    rows_hashed boolean DEFAULT false NOT NULL,
    approval_rules_judged integer DEFAULT 0 NOT NULL,
    approval_rules_version integer,
    approval_rule_names text[] DEFAULT ARRAY[]::text[],
    CONSTRAINT plans_promotion_approved CHECK (((operation <> 'promote'::plan_operation) OR (drill_id IS NOT NULL) OR (approvals_required >= 2))),
    CONSTRAINT plans_scope CHECK (((cardinality(accounts) > 0) AND (cardinality(regions) > 0)))
);

CREATE FUNCTION approval_facts(plan plans) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION approval_rule_matches(rule jsonb, facts jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT is_any_wanted(rule -> 'for', facts -> 'for')
    AND is_any_wanted(rule #> '{when,operations}', facts -> 'operations')
    AND is_any_wanted(rule #> '{when,accounts}', facts -> 'accounts')
    AND is_any_wanted(rule #> '{when,regions}', facts -> 'regions')
    AND (rule #> '{when,policy_change}' IS NULL OR (facts ->> 'policy_change')::boolean)
    AND coalesce((rule #>> '{when,min_replicas}')::int <= (facts ->> 'replicas')::int, true)
$$;

CREATE FUNCTION approval_rules_asking(facts jsonb, OUT version integer, OUT approvals integer, OUT names text[]) RETURNS record
    LANGUAGE sql STABLE
    AS $$
  SELECT coalesce(max(newest.version), 0), coalesce(max((r.rule ->> 'approvals')::int), 0),
    coalesce(array_agg(r.rule ->> 'name' ORDER BY r.position) FILTER (WHERE r.rule IS NOT NULL), '{}')
  FROM (SELECT a.version, a.rules FROM approval_rules a ORDER BY a.version DESC LIMIT 1) newest
  LEFT JOIN LATERAL jsonb_array_elements(newest.rules) WITH ORDINALITY r(rule, position)
    ON approval_rule_matches(r.rule, facts)
$$;

CREATE FUNCTION approval_rules_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM append_audit('approval_rules', NEW.version::text, 'approval_rules.put', jsonb_build_object('version', NEW.version,
    'sha256', NEW.sha256, 'rules', jsonb_array_length(NEW.rules), 'comment', NEW.comment,
    'sha256_before', (SELECT r.sha256 FROM approval_rules r WHERE r.version = NEW.version - 1)));
  RETURN NULL;
END $$;

CREATE FUNCTION approval_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL OR NEW.void_reason IS NULL
    OR to_jsonb(OLD) - 'voided_at' - 'void_reason' <> to_jsonb(NEW) - 'voided_at' - 'void_reason' THEN
    RAISE EXCEPTION 'an approval may be voided, once, and not changed otherwise';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION approval_voided() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM append_audit('approval', NEW.id::text, 'approval.void', jsonb_build_object('plan_id', NEW.plan_id,
    'approver', NEW.approver, 'reason', NEW.void_reason));
  RETURN NULL;
END $$;

CREATE FUNCTION approvals_needed(plan plans) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
  SELECT greatest(plan.approvals_required, CASE
    WHEN plan.drill_id IS NULL AND plan.approval_rules_judged <> current_approval_rules()
    THEN (SELECT asking.approvals FROM approval_rules_asking(approval_facts(plan)) asking) END)
$$;

CREATE TABLE attempts (
    id bigint NOT NULL,
    replica_id uuid NOT NULL,
    epoch integer NOT NULL,
    worker_id uuid,
    operation attempt_operation NOT NULL,
    started_at timestamp(3) with time zone NOT NULL,
    finished_at timestamp(3) with time zone,
    http_status integer,
    error jsonb,
    request_id text,
    note text
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

CREATE FUNCTION archived_attempts(plan uuid, from_part integer, to_part integer) RETURNS SETOF attempts
    LANGUAGE sql STABLE
    AS $$
  SELECT a.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::attempts, p.rows) a
  WHERE p.plan_id = plan AND p.of = 'attempts' AND p.n BETWEEN from_part AND to_part
$$;

CREATE TABLE plan_keys (
    plan_id uuid NOT NULL,
    "position" integer NOT NULL,
    key_id text NOT NULL,
    alias text,
    account text NOT NULL,
    primary_region text NOT NULL,
    aliases text[] DEFAULT '{}'::text[] NOT NULL
);

CREATE FUNCTION archived_plan_keys(plan uuid) RETURNS SETOF plan_keys
    LANGUAGE sql STABLE
    AS $$
  SELECT k.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_keys, p.rows) k
  WHERE p.plan_id = plan AND p.of = 'plan_keys'
$$;

CREATE TABLE plan_lanes (
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    account text NOT NULL,
    primary_region text NOT NULL,
    region text NOT NULL,
    wave integer NOT NULL,
    last_slot_at timestamp(3) with time zone,
    pending integer DEFAULT 0 NOT NULL,
    queued integer DEFAULT 0 NOT NULL,
    replicating integer DEFAULT 0 NOT NULL,
    creating integer DEFAULT 0 NOT NULL,
    importing integer DEFAULT 0 NOT NULL,
    succeeded integer DEFAULT 0 NOT NULL,
    already_present integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    blocked integer DEFAULT 0 NOT NULL,
    cancelled integer DEFAULT 0 NOT NULL,
    differing integer DEFAULT 0 NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

CREATE FUNCTION archived_plan_lanes(plan uuid) RETURNS SETOF plan_lanes
    LANGUAGE sql STABLE
    AS $$
  SELECT l.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_lanes, p.rows) l
  WHERE p.plan_id = plan AND p.of = 'plan_lanes'
$$;

CREATE TABLE replicas (
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    lane_id uuid NOT NULL,
    key_id text NOT NULL,
    mrk text NOT NULL,
    key_arn text,
    alias text,
    origin text,
    account text NOT NULL,
    primary_region text NOT NULL,
    region text NOT NULL,
    state replica_state NOT NULL,
    outcome replica_outcome,
    replica_key_id text,
    replica_arn text,
    key_state text,
    attempts integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    error jsonb,
    error_since timestamp(3) with time zone,
    not_before timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    epoch integer DEFAULT 0 NOT NULL,
    slot_at timestamp(3) with time zone,
    worker_id uuid,
    unsettled_since timestamp(3) with time zone,
    look_first boolean DEFAULT false NOT NULL,
    lost_answer boolean DEFAULT false NOT NULL,
    next_look_at timestamp(3) with time zone,
    looks integer DEFAULT 0 NOT NULL,
    absences integer DEFAULT 0 NOT NULL,
    enabled_since timestamp(3) with time zone,
    pending_import_since timestamp(3) with time zone,
    import_called_at timestamp(3) with time zone,
    imports integer DEFAULT 0 NOT NULL,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    accepted_at timestamp(3) with time zone,
    usable_at timestamp(3) with time zone,
    lost_call_at timestamp(3) with time zone,
    aliases text[] DEFAULT ARRAY[]::text[],
    warnings jsonb DEFAULT '[]'::jsonb NOT NULL,
    diff jsonb,
    settings jsonb,
    manifest_line integer,
    failed_at timestamp(3) with time zone,
    operation plan_operation DEFAULT 'replicate'::plan_operation NOT NULL,
    alias_called_at timestamp(3) with time zone,
    alias_calls integer DEFAULT 0 NOT NULL,
    alias_due text,
    differs_since timestamp(3) with time zone,
    from_primary jsonb,
    from_primary_sha256 text,
    asked_by_replica boolean DEFAULT false NOT NULL,
    named_as text[],
    send_before timestamp(3) with time zone,
    present_key_id text,
    row_sha256 bytea,
    resolved_state replica_state,
    resolved_primary_region text
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_analyze_scale_factor='0.05');

CREATE FUNCTION archived_replicas(plan uuid, from_part integer, to_part integer) RETURNS SETOF replicas
    LANGUAGE sql STABLE
    AS $$
  SELECT r.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::replicas, p.rows) r
  WHERE p.plan_id = plan AND p.of = 'replicas' AND p.n BETWEEN from_part AND to_part
$$;

CREATE TABLE audit_entries (
    seq bigint NOT NULL,
    at timestamp(3) with time zone NOT NULL,
    caller text,
    role caller_role,
    token_id uuid,
    action text NOT NULL,
    object_type text NOT NULL,
    object_id text,
    outcome audit_outcome NOT NULL,
    request_id text,
    detail jsonb NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL
)
PARTITION BY RANGE (at);

CREATE FUNCTION audit_hash(entry audit_entries) RETURNS text
    LANGUAGE sql STABLE
    AS $$
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
$$;

CREATE FUNCTION canonical_json(value jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET extra_float_digits TO '1'
    AS $$
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
END $$;

CREATE FUNCTION count_failures() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows WHERE state IN ('failed', 'blocked')) THEN
    INSERT INTO plan_failures AS f (lane_id, code, failed, blocked)
    SELECT lane_id, error ->> 'code', count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'blocked')
    FROM new_rows WHERE state IN ('failed', 'blocked') AND error ->> 'code' IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (lane_id, code) DO UPDATE SET failed = f.failed + excluded.failed, blocked = f.blocked + excluded.blocked;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION count_failures_by_hour() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows WHERE failed_at IS NOT NULL) OR EXISTS (SELECT 1 FROM old_rows WHERE failed_at IS NOT NULL) THEN
    INSERT INTO lane_failure_hours AS h (hour, lane_id, code, plan_id, given_up, last_at)
    SELECT date_trunc('hour', failed_at, 'UTC'), lane_id, error ->> 'code', plan_id, sum(n), max(failed_at) FROM (
      SELECT failed_at, lane_id, plan_id, error, 1 AS n FROM new_rows WHERE failed_at IS NOT NULL
      UNION ALL SELECT failed_at, lane_id, plan_id, error, -1 FROM old_rows WHERE failed_at IS NOT NULL
    ) moved WHERE failed_at > now() - interval '2 days' AND error ->> 'code' <> ''
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT (hour, lane_id, code) DO UPDATE SET given_up = h.given_up + excluded.given_up,
      last_at = CASE WHEN excluded.given_up > 0 THEN greatest(h.last_at, excluded.last_at) ELSE h.last_at END;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION coverage_check_asked() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM append_audit('coverage', coalesce(NEW.policy_name, NEW.id::text), 'coverage.check',
    jsonb_build_object('check_id', NEW.id, 'spec_sha256', NEW.spec_sha256, 'proof', NEW.proof));
  RETURN NULL;
END $$;

CREATE FUNCTION coverage_policy_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE policy coverage_policies := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('coverage', policy.name, CASE TG_OP WHEN 'DELETE' THEN 'coverage.delete' ELSE 'coverage.put' END,
    jsonb_build_object('spec_sha256', policy.spec_sha256, 'schedule', policy.spec -> 'schedule',
      'spec_sha256_before', CASE WHEN TG_OP = 'UPDATE' THEN OLD.spec_sha256 END));
  RETURN NULL;
END $$;

CREATE FUNCTION current_approval_rules() RETURNS integer
    LANGUAGE sql STABLE
    AS $$
  SELECT coalesce(max(version), 0) FROM approval_rules
$$;

CREATE FUNCTION drill_allows(drill_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $_$
  SELECT EXISTS (SELECT 1 FROM drills d
    WHERE d.id = $1 AND d.mode = 'live' AND d.state IN ('running', 'rolling_back') AND is_drill_approved(d))
$_$;

CREATE TABLE drills (
    id uuid NOT NULL,
    name text NOT NULL,
    mode drill_mode NOT NULL,
    state drill_state NOT NULL,
    spec jsonb NOT NULL,
    spec_sha256 text NOT NULL,
    created_by text NOT NULL,
    proposed_by text[],
    approvers text[],
    approvals_required integer NOT NULL,
    declared_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    approved_at timestamp(3) with time zone,
    started_at timestamp(3) with time zone,
    paused_at timestamp(3) with time zone,
    finished_at timestamp(3) with time zone,
    reason text,
    baseline_check_id uuid,
    scope_sha256 text,
    keys integer,
    broken_glass_by text,
    broken_glass_at timestamp(3) with time zone,
    broken_glass_reason text,
    ending drill_state,
    rollback_plan_id uuid,
    next_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP,
    held_by uuid,
    approval_rules_judged integer DEFAULT 0 NOT NULL,
    approval_rules_version integer,
    approval_rule_names text[] DEFAULT ARRAY[]::text[]
);

CREATE FUNCTION drill_approval_facts(drill drills) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $_$
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
$_$;

CREATE FUNCTION drill_approvals_needed(drill drills) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
  SELECT greatest(drill.approvals_required, CASE
    WHEN drill.mode = 'live' AND drill.started_at IS NULL AND drill.approval_rules_judged <> current_approval_rules()
    THEN (SELECT asking.approvals FROM approval_rules_asking(drill_approval_facts(drill)) asking) END)
$$;

CREATE FUNCTION drill_audited() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION drill_decided() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE after_all drill_state;
BEGIN
  SELECT d.state INTO after_all FROM drills d WHERE d.id = NEW.drill_id;
  PERFORM append_audit('drill', NEW.drill_id::text, 'drill.' || NEW.decision, jsonb_build_object('approval_id', NEW.id,
    'approver', NEW.approver, 'decision', NEW.decision, 'state', after_all, 'step', (SELECT s.id FROM drill_steps s
      WHERE s.drill_id = NEW.drill_id AND s.position = NEW.step_position),
    'spec_sha256', NEW.spec_sha256, 'scope_sha256', NEW.scope_sha256));
  RETURN NULL;
END $$;

CREATE FUNCTION drill_event_data(drill uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $_$
  SELECT jsonb_build_object('id', d.id, 'name', d.name, 'scenario', d.spec ->> 'scenario', 'mode', d.mode, 'state', d.state,
    'reason', d.reason, 'change_ticket', d.spec ->> 'change_ticket', 'created_by', d.created_by,
    'spec_sha256', d.spec_sha256, 'scope_sha256', d.scope_sha256, 'approvals_required', d.approvals_required,
    'broken_glass', d.broken_glass_at IS NOT NULL, 'keys', d.keys, 'declared_at', event_time(d.declared_at),
    'approved_at', event_time(d.approved_at), 'started_at', event_time(d.started_at),
    'finished_at', event_time(d.finished_at), 'current_step', (SELECT s.id FROM drill_steps s
      WHERE s.drill_id = d.id AND s.state IN ('running', 'awaiting_approval') ORDER BY s.position LIMIT 1))
  FROM drills d WHERE d.id = $1
$_$;

CREATE FUNCTION drill_finding_noted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM append_audit('drill', NEW.drill_id::text,
    CASE NEW.code WHEN 'broken_glass' THEN 'drill.break_glass' ELSE 'drill.finding' END,
    jsonb_build_object('seq', NEW.seq, 'severity', NEW.severity, 'owner', NEW.owner, 'due', NEW.due, 'ticket', NEW.ticket,
      'message', CASE NEW.code WHEN 'broken_glass' THEN NEW.message END));
  RETURN NULL;
END $$;

CREATE FUNCTION drill_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
END $$;

CREATE FUNCTION drop_audit_month(month date) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
END $$;

CREATE FUNCTION event_time(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE FUNCTION is_any_wanted(wanted jsonb, present jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT wanted IS NULL OR present IS NULL OR jsonb_typeof(present) = 'null'
    OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(present) p WHERE wanted ? p)
$$;

CREATE FUNCTION is_approved(plan plans) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT needed = 0 OR needed <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a
    WHERE a.plan_id = plan.id AND a.voided_at IS NULL AND a.expires_at > now())
  FROM (SELECT approvals_needed(plan) AS needed) n
$$;

CREATE FUNCTION is_drill_approved(drill drills) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT needed = 0 OR drill.broken_glass_at IS NOT NULL OR needed <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM drill_approvals a
    WHERE a.drill_id = drill.id AND a.step_position IS NULL AND a.decision = 'approve'
      AND a.spec_sha256 = drill.spec_sha256 AND a.scope_sha256 = drill.scope_sha256
      AND NOT is_one_of(a.approver, ARRAY[drill.created_by])
      AND (cardinality(drill.approvers) = 0 OR a.approver = ANY(drill.approvers)))
  FROM (SELECT drill_approvals_needed(drill) AS needed) n
$$;

CREATE FUNCTION is_one_of(caller text, callers text[]) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT EXISTS (SELECT 1 FROM unnest(callers) c WHERE person_of(c) = person_of(caller))
$$;

CREATE FUNCTION judge_by_approval_rules() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION keeps_approvals(plan plans) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT plan.approvals_required = 0 OR plan.approvals_required <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a WHERE a.plan_id = plan.id AND a.voided_at IS NULL)
$$;

CREATE FUNCTION lane_quota_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM append_audit('lane', format('%s:%s:%s', NEW.account, NEW.region, NEW.operation), 'lane.patch',
    jsonb_build_object('quota_per_second', NEW.quota_per_second,
      'quota_before', CASE WHEN TG_OP = 'UPDATE' THEN OLD.quota_per_second END));
  RETURN NULL;
END $$;

CREATE FUNCTION leave_out_unchained_checkpoint() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF NEW.prev_hash IS NULL THEN RETURN NULL; END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION list_plan_keys(listed uuid) RETURNS void
    LANGUAGE sql
    SET work_mem TO '64MB'
    AS $$
  INSERT INTO plan_keys (plan_id, position, key_id, alias, aliases, account, primary_region)
  SELECT listed, row_number() OVER (
      ORDER BY account = '', account COLLATE "C", alias COLLATE "C" NULLS LAST, key_id COLLATE "C") - 1,
    key_id, alias, array_remove(aliases || others, NULL), account, primary_region
  FROM (
    SELECT key_id, min(alias COLLATE "C") AS alias, min(account COLLATE "C") AS account,
      min(primary_region COLLATE "C") AS primary_region, min(aliases) AS aliases,
      array_agg(DISTINCT alias) FILTER (WHERE NOT alias = ANY(aliases)) AS others
    FROM replicas WHERE plan_id = listed GROUP BY key_id
  ) k
  WHERE NOT EXISTS (SELECT 1 FROM plan_keys WHERE plan_id = listed)
$$;

CREATE FUNCTION may_start(plan plans) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT is_approved(plan) AND (plan.drill_id IS NULL OR drill_allows(plan.drill_id))
$$;

CREATE FUNCTION new_id() RETURNS uuid
    LANGUAGE sql
    AS $$
  SELECT encode(set_bit(set_bit(
    overlay(uuid_send(gen_random_uuid())
      PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

CREATE FUNCTION note_plan_change(changed_plan uuid, changed_replicas uuid[], too_many boolean) RETURNS void
    LANGUAGE sql
    AS $$
  WITH next AS (
    UPDATE plan_revisions SET revision = revision + 1 WHERE plan_id = changed_plan RETURNING revision
  )
  INSERT INTO plan_changes (plan_id, revision, replica_ids, truncated)
  SELECT changed_plan, next.revision, changed_replicas, too_many FROM next
$$;

CREATE FUNCTION part_deleted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM plans WHERE id = OLD.plan_id AND archived_at IS NOT NULL) THEN
    RAISE EXCEPTION 'plan % is archived', OLD.plan_id;
  END IF;
  RETURN OLD;
END $$;

CREATE FUNCTION part_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF (OLD.plan_id, OLD.of, OLD.n, OLD.row_count, OLD.sha256) IS DISTINCT FROM
     (NEW.plan_id, NEW.of, NEW.n, NEW.row_count, NEW.sha256) THEN
    RAISE EXCEPTION 'a part of an archive is not changed';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION person_of(caller text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  SELECT coalesce((SELECT t.person FROM api_tokens t WHERE t.name = caller AND t.person IS NOT NULL
    ORDER BY t.id DESC LIMIT 1), caller)
$$;

CREATE FUNCTION plan_approved() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE after_all record;
BEGIN
  SELECT p.state INTO after_all FROM plans p WHERE p.id = NEW.plan_id;
  PERFORM append_audit('plan', NEW.plan_id::text, 'plan.approve', jsonb_build_object('approval_id', NEW.id,
    'approver', NEW.approver, 'state', after_all.state, 'limits', NEW.limits,
    'spec_sha256', NEW.spec_sha256, 'resolved_sha256', NEW.resolved_sha256));
  RETURN NULL;
END $$;

CREATE FUNCTION plan_event_data(plan uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  SELECT jsonb_build_object('id', p.id, 'name', p.name, 'mode', p.mode, 'state', p.state, 'reason', p.reason,
    'change_ticket', p.spec #>> '{options,change_ticket}', 'created_by', p.created_by,
    'spec_sha256', p.spec_sha256, 'resolved_sha256', p.resolved_sha256, 'approvals_required', p.approvals_required,
    'schedule_id', p.schedule_id, 'scheduled_for', event_time(p.scheduled_for), 'created_at', event_time(p.created_at),
    'started_at', event_time(p.started_at), 'finished_at', event_time(p.finished_at), 'counts', c.counts)
  FROM plans p CROSS JOIN LATERAL (
    SELECT jsonb_build_object(
      'total', coalesce(sum(l.pending + l.queued + l.replicating + l.creating + l.importing + l.succeeded
        + l.already_present + l.failed + l.blocked + l.cancelled), 0),
      'pending', coalesce(sum(l.pending), 0), 'queued', coalesce(sum(l.queued), 0),
      'replicating', coalesce(sum(l.replicating), 0), 'creating', coalesce(sum(l.creating), 0),
      'importing', coalesce(sum(l.importing), 0), 'succeeded', coalesce(sum(l.succeeded), 0),
      'already_present', coalesce(sum(l.already_present), 0), 'failed', coalesce(sum(l.failed), 0),
      'blocked', coalesce(sum(l.blocked), 0), 'cancelled', coalesce(sum(l.cancelled), 0)) AS counts
    FROM plan_lanes l WHERE l.plan_id = p.id) c
  WHERE p.id = plan
$$;

CREATE FUNCTION plan_inserted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  INSERT INTO plan_revisions (plan_id) VALUES (NEW.id);
  PERFORM note_plan_change(NEW.id, '{}', false);
  RETURN NULL;
END $$;

CREATE FUNCTION plan_limits(priority integer, max_in_flight integer, windows jsonb, tolerance_count integer, tolerance_percent double precision) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  SELECT jsonb_build_object('priority', priority, 'max_in_flight', max_in_flight, 'windows', windows, 'failure_tolerance', CASE
    WHEN tolerance_count IS NOT NULL THEN jsonb_build_object('count', tolerance_count)
    WHEN tolerance_percent IS NOT NULL THEN jsonb_build_object('percent', tolerance_percent) END)
$$;

CREATE FUNCTION plan_moved() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION plan_submitted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM append_audit('plan', NEW.id::text, 'plan.submit', jsonb_build_object('name', NEW.name, 'mode', NEW.mode,
    'change_ticket', NEW.spec #>> '{options,change_ticket}', 'spec_sha256', NEW.spec_sha256));
  RETURN NULL;
END $$;

CREATE FUNCTION plan_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM note_plan_change(NEW.id, '{}', false);
  RETURN NULL;
END $$;

CREATE FUNCTION provide_audit_month(month timestamp without time zone) RETURNS void
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    SET "DateStyle" TO 'ISO, MDY'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE part text := to_char(month, '"audit_entries_"YYYY_MM');
BEGIN
  IF to_regclass(part) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF audit_entries FOR VALUES FROM (%L) TO (%L)', part,
    month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
  EXECUTE format('CREATE TRIGGER append_only BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    part);
END $$;

CREATE FUNCTION recount_failures() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows WHERE state IN ('failed', 'blocked'))
    OR EXISTS (SELECT 1 FROM old_rows WHERE state IN ('failed', 'blocked')) THEN
    INSERT INTO plan_failures AS f (lane_id, code, failed, blocked)
    SELECT lane_id, code, sum(failed), sum(blocked) FROM (
      SELECT lane_id, error ->> 'code' AS code, (state = 'failed')::int AS failed, (state = 'blocked')::int AS blocked
      FROM new_rows WHERE state IN ('failed', 'blocked')
      UNION ALL
      SELECT lane_id, error ->> 'code', -(state = 'failed')::int, -(state = 'blocked')::int
      FROM old_rows WHERE state IN ('failed', 'blocked')
    ) moved WHERE code IS NOT NULL
    GROUP BY 1, 2 HAVING sum(failed) <> 0 OR sum(blocked) <> 0 ORDER BY 1, 2
    ON CONFLICT (lane_id, code) DO UPDATE SET failed = f.failed + excluded.failed, blocked = f.blocked + excluded.blocked;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_archived() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RAISE EXCEPTION 'plan % is archived', OLD.id;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE FUNCTION refuse_fewer_approvals() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RAISE EXCEPTION 'plan % needs % approvals, and no fewer', NEW.id, OLD.approvals_required;
END $$;

CREATE FUNCTION refuse_other_scope() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RAISE EXCEPTION 'the scope of % % is never changed', TG_TABLE_NAME, OLD.id;
END $$;

CREATE FUNCTION refuse_stray_entry() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM audit_head h WHERE h.seq = NEW.seq AND h.hash = NEW.hash) THEN
    RAISE EXCEPTION 'audit entries are written by append_audit()';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_stray_version() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF NEW.version <> 1 + coalesce((SELECT max(version) FROM approval_rules), 0) THEN
    RAISE unique_violation USING MESSAGE = format('version %s of the approval rules does not follow the newest', NEW.version);
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_transition() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM state_transitions t
    WHERE t.of_table = TG_TABLE_NAME AND t.from_state = OLD.state::text AND t.to_state = NEW.state::text) THEN
    RAISE EXCEPTION '%: % cannot go from % to %', TG_TABLE_NAME, OLD.id, OLD.state, NEW.state;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_unapproved_start() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION refuse_unarchived() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
END $$;

CREATE FUNCTION region_group_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM append_audit('region_group', OLD.name, 'region_group.delete',
      jsonb_build_object('regions', OLD.regions, 'accounts', OLD.accounts));
  ELSE
    PERFORM append_audit('region_group', NEW.name, 'region_group.put',
      jsonb_build_object('regions', NEW.regions, 'accounts', NEW.accounts));
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION replicas_inserted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE changed record; lane_ids uuid[] := ARRAY(SELECT DISTINCT lane_id FROM new_rows);
BEGIN
  PERFORM 1 FROM plan_lanes WHERE id = ANY(lane_ids) ORDER BY id FOR UPDATE;
  UPDATE plan_lanes l SET
    pending = l.pending + d.pending, blocked = l.blocked + d.blocked,
    already_present = l.already_present + d.already_present, creating = l.creating + d.creating,
    differing = l.differing + d.differing
  FROM (
    SELECT lane_id,
      count(*) FILTER (WHERE state = 'pending') AS pending,
      count(*) FILTER (WHERE state = 'blocked') AS blocked,
      count(*) FILTER (WHERE state = 'already_present') AS already_present,
      count(*) FILTER (WHERE state = 'creating') AS creating,
      count(*) FILTER (WHERE diff <> '[]'::jsonb) AS differing
    FROM new_rows GROUP BY lane_id
  ) d WHERE l.id = d.lane_id AND l.id = ANY(lane_ids);
  IF EXISTS (SELECT 1 FROM new_rows WHERE state NOT IN ('pending', 'blocked', 'already_present', 'creating')) THEN
    RAISE EXCEPTION 'a replica is born pending, blocked, already_present or creating';
  END IF;
  FOR changed IN SELECT DISTINCT plan_id FROM new_rows ORDER BY plan_id LOOP
    PERFORM note_plan_change(changed.plan_id, '{}', true);
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION replicas_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_nestloop TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE changed record; forbidden record; lane_ids uuid[];
BEGIN
  SELECT o.id, o.state AS from_state, n.state AS to_state INTO forbidden
  FROM old_rows o JOIN new_rows n USING (id)
  WHERE o.state <> n.state
    AND NOT EXISTS (SELECT 1 FROM replica_transitions t WHERE t.from_state = o.state AND t.to_state = n.state)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'replica % cannot go from % to %', forbidden.id, forbidden.from_state, forbidden.to_state;
  END IF;

  lane_ids := ARRAY(SELECT DISTINCT n.lane_id FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.state <> n.state OR (o.diff <> '[]'::jsonb) IS DISTINCT FROM (n.diff <> '[]'::jsonb));
  IF cardinality(lane_ids) > 0 THEN
    PERFORM 1 FROM plan_lanes WHERE id = ANY(lane_ids) ORDER BY id FOR UPDATE;
    UPDATE plan_lanes l SET
      pending = l.pending + d.pending, queued = l.queued + d.queued, replicating = l.replicating + d.replicating,
      creating = l.creating + d.creating, importing = l.importing + d.importing, succeeded = l.succeeded + d.succeeded,
      already_present = l.already_present + d.already_present, failed = l.failed + d.failed,
      blocked = l.blocked + d.blocked, cancelled = l.cancelled + d.cancelled, differing = l.differing + d.differing
    FROM (
      SELECT lane_id,
        count(*) FILTER (WHERE to_state = 'pending') - count(*) FILTER (WHERE from_state = 'pending') AS pending,
        count(*) FILTER (WHERE to_state = 'queued') - count(*) FILTER (WHERE from_state = 'queued') AS queued,
        count(*) FILTER (WHERE to_state = 'replicating') - count(*) FILTER (WHERE from_state = 'replicating') AS replicating,
        count(*) FILTER (WHERE to_state = 'creating') - count(*) FILTER (WHERE from_state = 'creating') AS creating,
        count(*) FILTER (WHERE to_state = 'importing') - count(*) FILTER (WHERE from_state = 'importing') AS importing,
        count(*) FILTER (WHERE to_state = 'succeeded') - count(*) FILTER (WHERE from_state = 'succeeded') AS succeeded,
        count(*) FILTER (WHERE to_state = 'already_present') - count(*) FILTER (WHERE from_state = 'already_present') AS already_present,
        count(*) FILTER (WHERE to_state = 'failed') - count(*) FILTER (WHERE from_state = 'failed') AS failed,
        count(*) FILTER (WHERE to_state = 'blocked') - count(*) FILTER (WHERE from_state = 'blocked') AS blocked,
        count(*) FILTER (WHERE to_state = 'cancelled') - count(*) FILTER (WHERE from_state = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE to_differs) - count(*) FILTER (WHERE from_differs) AS differing
      FROM (
        SELECT n.lane_id, o.state AS from_state, n.state AS to_state, o.diff <> '[]'::jsonb AS from_differs,
          n.diff <> '[]'::jsonb AS to_differs
        FROM old_rows o JOIN new_rows n USING (id)
        WHERE o.state <> n.state OR (o.diff <> '[]'::jsonb) IS DISTINCT FROM (n.diff <> '[]'::jsonb)
      ) moved GROUP BY lane_id
    ) d WHERE l.id = d.lane_id AND l.id = ANY(lane_ids);
  END IF;

  FOR changed IN
    SELECT n.plan_id, array_agg(n.id) AS ids, count(*) AS rows
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE (o.state, o.outcome, o.key_state, o.attempts, o.error, o.not_before)
      IS DISTINCT FROM (n.state, n.outcome, n.key_state, n.attempts, n.error, n.not_before)
    GROUP BY n.plan_id ORDER BY n.plan_id
  LOOP
    IF changed.rows > 500 THEN
      PERFORM note_plan_change(changed.plan_id, '{}', true);
    ELSE
      PERFORM note_plan_change(changed.plan_id, changed.ids, false);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION rows_sha256(rows jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT encode(sha256(convert_to(rows::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION schedule_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
END $$;

CREATE FUNCTION session_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
END $$;

CREATE FUNCTION sets_key_policy(block jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT coalesce(block #> '{aws_param,Policy}' IS NOT NULL OR block ? 'policytemplate'
    OR block -> 'same_as_primary' ? 'policy' OR EXISTS (
      SELECT 1 FROM unnest(ARRAY['key_admins', 'key_admins_roles', 'key_users', 'key_users_roles', 'external_accounts']) l
      WHERE block -> l <> '[]'), false)
$$;

CREATE FUNCTION tell_drill_state() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM drills d WHERE d.id = NEW.id AND d.state = NEW.state) THEN
    PERFORM tell_webhooks('com.keyferry.drill.' || NEW.state, NEW.id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION tell_of_drill(event_type text, drill uuid, more jsonb) RETURNS integer
    LANGUAGE sql
    AS $$
  SELECT tell_webhooks(event_type, drill, more)
$$;

CREATE FUNCTION tell_plan_approved() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM tell_webhooks('com.keyferry.plan.approved', NEW.plan_id);
  RETURN NULL;
END $$;

CREATE FUNCTION tell_plan_state() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM plans p WHERE p.id = NEW.id AND p.state = NEW.state) THEN
    PERFORM tell_webhooks('com.keyferry.plan.' || NEW.state, NEW.id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION tell_webhooks(event_type text, subject uuid, more jsonb DEFAULT '{}'::jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
  wanting uuid[] := ARRAY(SELECT w.id FROM webhooks w
    WHERE w.enabled AND (cardinality(w.events) = 0 OR event_type = ANY(w.events)));
  event uuid := new_id();
BEGIN
  IF cardinality(wanting) > 0 THEN
    INSERT INTO webhook_events (id, type, subject, time, data)
    VALUES (event, event_type, subject, clock_timestamp(), CASE WHEN event_type LIKE 'com.keyferry.drill.%'
      THEN drill_event_data(subject) ELSE plan_event_data(subject) END || more);
    INSERT INTO webhook_deliveries (id, webhook_id, event_id) SELECT new_id(), w.id, event FROM unnest(wanting) w(id);
  END IF;
  RETURN cardinality(wanting);
END $$;

CREATE FUNCTION tell_workers() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM pg_notify('keyferry_work', '');
  RETURN NULL;
END $$;

CREATE FUNCTION webhook_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
END $$;

CREATE FUNCTION without_nulls(value jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT value - ARRAY(SELECT key FROM jsonb_each(value) WHERE jsonb_typeof(jsonb_each.value) = 'null')
$$;

CREATE TABLE api_tokens (
    id uuid NOT NULL,
    sha256 text NOT NULL,
    name text NOT NULL,
    role caller_role NOT NULL,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp(3) with time zone,
    revoked_at timestamp(3) with time zone,
    revoked_by text,
    last_used_at timestamp(3) with time zone,
    accounts text[],
    regions text[],
    person text,
    CONSTRAINT api_tokens_scope CHECK (((cardinality(accounts) > 0) AND (cardinality(regions) > 0))),
    CONSTRAINT api_tokens_scoped_roles CHECK (((role = ANY (ARRAY['viewer'::caller_role, 'operator'::caller_role, 'approver'::caller_role])) OR ((accounts IS NULL) AND (regions IS NULL))))
);

CREATE TABLE approval_rules (
    version integer NOT NULL,
    rules jsonb NOT NULL,
    sha256 text NOT NULL,
    author text NOT NULL,
    comment text,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE approvals (
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    approver text NOT NULL,
    role caller_role NOT NULL,
    spec_sha256 text NOT NULL,
    resolved_sha256 text NOT NULL,
    limits jsonb NOT NULL,
    comment text,
    approved_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at timestamp(3) with time zone NOT NULL,
    voided_at timestamp(3) with time zone,
    void_reason text
);

CREATE TABLE archived_pairs (
    mrk text NOT NULL,
    region text NOT NULL,
    account text NOT NULL,
    replica_key_ids text[],
    accepted_at timestamp(3) with time zone,
    lost_answer boolean DEFAULT false NOT NULL,
    lost_call_at timestamp(3) with time zone
);

CREATE SEQUENCE attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE attempts_id_seq OWNED BY attempts.id;

CREATE TABLE audit_checkpoints (
    seq bigint NOT NULL,
    hash text NOT NULL,
    at timestamp(3) with time zone NOT NULL,
    key_id text NOT NULL,
    signature text NOT NULL,
    prev_hash text
);

CREATE TABLE audit_head (
    id integer DEFAULT 1 NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL,
    CONSTRAINT audit_head_one CHECK ((id = 1))
);

CREATE TABLE circuits (
    id text NOT NULL,
    state text NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    changed_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    probe_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    reason text,
    idle_probe_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE coverage_cells (
    check_id uuid NOT NULL,
    "position" integer NOT NULL,
    region text NOT NULL,
    state coverage_state NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    member_id text,
    key_state text,
    valid_to timestamp(3) with time zone,
    diff jsonb,
    material jsonb
);

CREATE TABLE coverage_checks (
    id uuid NOT NULL,
    policy_name text,
    drill_id uuid,
    spec jsonb,
    spec_sha256 text NOT NULL,
    cause coverage_cause NOT NULL,
    proof boolean NOT NULL,
    state coverage_check_state DEFAULT 'pending'::coverage_check_state NOT NULL,
    reason text,
    requested_by text NOT NULL,
    requested_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    started_at timestamp(3) with time zone,
    finished_at timestamp(3) with time zone,
    claimed_by uuid,
    tries integer DEFAULT 0 NOT NULL,
    not_before timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    error jsonb,
    regions text[],
    keys integer,
    counts jsonb,
    by_region jsonb DEFAULT '[]'::jsonb NOT NULL,
    epoch integer DEFAULT 0 NOT NULL,
    continues_id uuid,
    holders_lost integer DEFAULT 0 NOT NULL
);

CREATE TABLE coverage_keys (
    check_id uuid NOT NULL,
    "position" integer NOT NULL,
    key_id text NOT NULL,
    mrk text NOT NULL,
    key_arn text,
    alias text,
    account text NOT NULL,
    primary_region text NOT NULL,
    origin text
);

CREATE TABLE coverage_policies (
    name text NOT NULL,
    spec jsonb NOT NULL,
    spec_sha256 text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    next_check_at timestamp(3) with time zone
);

CREATE TABLE drill_approvals (
    id uuid NOT NULL,
    drill_id uuid NOT NULL,
    step_position integer,
    approver text NOT NULL,
    role caller_role NOT NULL,
    decision drill_decision NOT NULL,
    spec_sha256 text NOT NULL,
    scope_sha256 text NOT NULL,
    comment text,
    at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE drill_findings (
    drill_id uuid NOT NULL,
    seq integer NOT NULL,
    at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
    severity finding_severity NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    step_position integer,
    owner text,
    due date,
    ticket text,
    noted_by text
);

CREATE TABLE drill_log (
    drill_id uuid NOT NULL,
    seq integer NOT NULL,
    at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
    step_position integer,
    kind text NOT NULL,
    message text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

CREATE TABLE drill_steps (
    drill_id uuid NOT NULL,
    "position" integer NOT NULL,
    id text NOT NULL,
    kind text NOT NULL,
    title text,
    spec jsonb NOT NULL,
    state drill_step_state DEFAULT 'pending'::drill_step_state NOT NULL,
    started_at timestamp(3) with time zone,
    deadline_at timestamp(3) with time zone,
    finished_at timestamp(3) with time zone,
    plan_id uuid,
    check_id uuid,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    error jsonb
);

CREATE TABLE estate (
    id integer DEFAULT 1 NOT NULL,
    wanted_at timestamp(3) with time zone,
    read_at timestamp(3) with time zone,
    reading_by uuid,
    reading_since timestamp(3) with time zone,
    failed_at timestamp(3) with time zone,
    error jsonb,
    CONSTRAINT estate_is_one CHECK ((id = 1))
);

CREATE TABLE estate_keys (
    "position" integer NOT NULL,
    key_id text NOT NULL,
    mrk text,
    account text NOT NULL,
    primary_region text,
    alias text,
    origin text,
    multi_region boolean NOT NULL,
    regions text[] NOT NULL,
    members jsonb NOT NULL
);

CREATE TABLE health_probe (
    id integer DEFAULT 1 NOT NULL,
    checked_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    body_sha256 text NOT NULL,
    plan_id uuid,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    drill_id uuid,
    CONSTRAINT idempotency_keys_one_thing CHECK ((num_nonnulls(plan_id, drill_id) = 1))
);

CREATE UNLOGGED TABLE inventory_aliases (
    reading_id uuid NOT NULL,
    alias text NOT NULL,
    key_id text NOT NULL
);

CREATE UNLOGGED TABLE inventory_keys (
    reading_id uuid NOT NULL,
    id text NOT NULL,
    mrk text,
    key jsonb NOT NULL
);

CREATE UNLOGGED TABLE inventory_readings (
    id uuid NOT NULL,
    worker_id uuid NOT NULL
);

CREATE TABLE lane_failure_hours (
    hour timestamp(3) with time zone NOT NULL,
    lane_id uuid NOT NULL,
    code text NOT NULL,
    plan_id uuid NOT NULL,
    given_up integer NOT NULL,
    last_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE lanes (
    account text NOT NULL,
    region text NOT NULL,
    operation text NOT NULL,
    quota_per_second double precision,
    rate_factor double precision DEFAULT 1 NOT NULL,
    next_slot_at timestamp(6) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    throttled_total bigint DEFAULT 0 NOT NULL,
    last_throttled_at timestamp(3) with time zone,
    factor_changed_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

CREATE TABLE manifest_rows (
    manifest_id uuid NOT NULL,
    line integer NOT NULL,
    key text NOT NULL,
    region text,
    settings jsonb
);

CREATE TABLE manifests (
    id uuid NOT NULL,
    plan_id uuid,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE plan_archive_parts (
    plan_id uuid NOT NULL,
    of archived_table NOT NULL,
    n integer NOT NULL,
    first_id uuid,
    last_id uuid,
    row_count integer NOT NULL,
    sha256 text NOT NULL,
    rows jsonb NOT NULL,
    dropped_at timestamp(3) with time zone
);

CREATE TABLE plan_archives (
    plan_id uuid NOT NULL,
    finished_at timestamp(3) with time zone NOT NULL,
    begun_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    emptied_at timestamp(3) with time zone,
    not_before timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    rows bigint DEFAULT 0 NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    sha256 text,
    adopted integer DEFAULT 0 NOT NULL,
    pending_import integer DEFAULT 0 NOT NULL,
    pending integer DEFAULT 0 NOT NULL,
    queued integer DEFAULT 0 NOT NULL,
    replicating integer DEFAULT 0 NOT NULL,
    creating integer DEFAULT 0 NOT NULL,
    importing integer DEFAULT 0 NOT NULL,
    succeeded integer DEFAULT 0 NOT NULL,
    already_present integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    blocked integer DEFAULT 0 NOT NULL,
    cancelled integer DEFAULT 0 NOT NULL,
    differing integer DEFAULT 0 NOT NULL
);

CREATE TABLE plan_changes (
    plan_id uuid NOT NULL,
    revision bigint NOT NULL,
    changed_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    replica_ids uuid[],
    truncated boolean DEFAULT false NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

CREATE TABLE plan_failures (
    lane_id uuid NOT NULL,
    code text NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    blocked integer DEFAULT 0 NOT NULL
);

CREATE TABLE plan_retries (
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    error_code text,
    region text,
    caller text NOT NULL,
    after_id uuid NOT NULL
);

CREATE TABLE plan_revisions (
    plan_id uuid NOT NULL,
    revision bigint DEFAULT 0 NOT NULL
);

CREATE TABLE region_groups (
    name text NOT NULL,
    regions text[],
    accounts jsonb DEFAULT '{}'::jsonb NOT NULL,
    updated_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_by text NOT NULL
);

CREATE TABLE replica_transitions (
    from_state replica_state NOT NULL,
    to_state replica_state NOT NULL
);

CREATE TABLE schedules (
    id uuid NOT NULL,
    name text NOT NULL,
    cron text NOT NULL,
    time_zone text NOT NULL,
    plan jsonb NOT NULL,
    enabled boolean NOT NULL,
    overlap schedule_overlap NOT NULL,
    created_by text NOT NULL,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    revision integer DEFAULT 0 NOT NULL,
    next_run_at timestamp(3) with time zone,
    last_run_at timestamp(3) with time zone,
    last_plan_id uuid,
    last_skipped_at timestamp(3) with time zone,
    last_skip_reason text,
    last_error jsonb,
    accounts text[],
    regions text[],
    authors text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT schedules_scope CHECK (((cardinality(accounts) > 0) AND (cardinality(regions) > 0)))
);

CREATE TABLE seal_keys (
    id text NOT NULL,
    first_used_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE sessions (
    id uuid NOT NULL,
    sha256 text NOT NULL,
    token_id uuid,
    admin_proof text,
    issuer text,
    subject text,
    caller text,
    role caller_role,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at timestamp(3) with time zone NOT NULL,
    idle_until timestamp(3) with time zone NOT NULL,
    CONSTRAINT sessions_one_owner CHECK (((num_nonnulls(token_id, admin_proof, issuer) = 1) AND (num_nonnulls(issuer, subject, caller, role) = ANY (ARRAY[0, 4]))))
);

CREATE TABLE state_transitions (
    of_table text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL
);

CREATE TABLE synchronizations (
    account text NOT NULL,
    region text NOT NULL,
    started_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    failure text
);

CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL,
    n integer NOT NULL,
    started_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    duration_ms integer,
    http_status integer,
    error text,
    answer text
);

CREATE TABLE webhook_deliveries (
    id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    event_id uuid NOT NULL,
    state webhook_delivery_state DEFAULT 'pending'::webhook_delivery_state NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    claimed_until timestamp(3) with time zone,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    settled_at timestamp(3) with time zone
);

CREATE TABLE webhook_events (
    id uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    "time" timestamp(3) with time zone NOT NULL,
    data jsonb NOT NULL
);

CREATE SEQUENCE webhook_events_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE webhook_events_sequence_seq OWNED BY webhook_events.sequence;

CREATE TABLE webhooks (
    id uuid NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    events text[],
    enabled boolean NOT NULL,
    secret jsonb NOT NULL,
    previous_secret jsonb,
    previous_secret_until timestamp(3) with time zone,
    failing_since timestamp(3) with time zone,
    disabled_at timestamp(3) with time zone,
    disabled_reason text,
    created_by text NOT NULL,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    sealed_url jsonb
);

CREATE TABLE workers (
    id uuid NOT NULL,
    started_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    alive_until timestamp(3) with time zone NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    concurrency integer NOT NULL,
    heartbeat_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    cckm_error text,
    cckm_error_since timestamp(3) with time zone,
    dispatched_at timestamp(3) with time zone
);

ALTER TABLE ONLY attempts ALTER COLUMN id SET DEFAULT nextval('attempts_id_seq'::regclass);

ALTER TABLE ONLY webhook_events ALTER COLUMN sequence SET DEFAULT nextval('webhook_events_sequence_seq'::regclass);

ALTER TABLE ONLY api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY approval_rules
    ADD CONSTRAINT approval_rules_pkey PRIMARY KEY (version);

ALTER TABLE ONLY approvals
    ADD CONSTRAINT approvals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY archived_pairs
    ADD CONSTRAINT archived_pairs_pkey PRIMARY KEY (mrk, region, account);

ALTER TABLE ONLY attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit_checkpoints
    ADD CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (seq, at);

ALTER TABLE ONLY audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (id);

ALTER TABLE ONLY circuits
    ADD CONSTRAINT circuits_pkey PRIMARY KEY (id);

ALTER TABLE ONLY coverage_cells
    ADD CONSTRAINT coverage_cells_pkey PRIMARY KEY (check_id, "position", region);

ALTER TABLE ONLY coverage_checks
    ADD CONSTRAINT coverage_checks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY coverage_keys
    ADD CONSTRAINT coverage_keys_pkey PRIMARY KEY (check_id, "position");

ALTER TABLE ONLY coverage_policies
    ADD CONSTRAINT coverage_policies_pkey PRIMARY KEY (name);

ALTER TABLE ONLY drill_approvals
    ADD CONSTRAINT drill_approvals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY drill_findings
    ADD CONSTRAINT drill_findings_pkey PRIMARY KEY (drill_id, seq);

ALTER TABLE ONLY drill_log
    ADD CONSTRAINT drill_log_pkey PRIMARY KEY (drill_id, seq);

ALTER TABLE ONLY drill_steps
    ADD CONSTRAINT drill_steps_pkey PRIMARY KEY (drill_id, "position");

ALTER TABLE ONLY drills
    ADD CONSTRAINT drills_pkey PRIMARY KEY (id);

ALTER TABLE ONLY estate_keys
    ADD CONSTRAINT estate_keys_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY estate
    ADD CONSTRAINT estate_pkey PRIMARY KEY (id);

ALTER TABLE ONLY health_probe
    ADD CONSTRAINT health_probe_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key);

ALTER TABLE ONLY inventory_aliases
    ADD CONSTRAINT inventory_aliases_pkey PRIMARY KEY (reading_id, alias, key_id);

ALTER TABLE ONLY inventory_keys
    ADD CONSTRAINT inventory_keys_pkey PRIMARY KEY (reading_id, id);

ALTER TABLE ONLY inventory_readings
    ADD CONSTRAINT inventory_readings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY lane_failure_hours
    ADD CONSTRAINT lane_failure_hours_pkey PRIMARY KEY (hour, lane_id, code);

ALTER TABLE ONLY lanes
    ADD CONSTRAINT lanes_pkey PRIMARY KEY (account, region, operation);

ALTER TABLE ONLY manifest_rows
    ADD CONSTRAINT manifest_rows_pkey PRIMARY KEY (manifest_id, line);

ALTER TABLE ONLY manifests
    ADD CONSTRAINT manifests_pkey PRIMARY KEY (id);

ALTER TABLE ONLY plan_archive_parts
    ADD CONSTRAINT plan_archive_parts_pkey PRIMARY KEY (plan_id, of, n);

ALTER TABLE ONLY plan_archives
    ADD CONSTRAINT plan_archives_pkey PRIMARY KEY (plan_id);

ALTER TABLE ONLY plan_changes
    ADD CONSTRAINT plan_changes_pkey PRIMARY KEY (plan_id, revision);

ALTER TABLE ONLY plan_failures
    ADD CONSTRAINT plan_failures_pkey PRIMARY KEY (lane_id, code);

ALTER TABLE ONLY plan_keys
    ADD CONSTRAINT plan_keys_pkey PRIMARY KEY (plan_id, "position");

ALTER TABLE ONLY plan_lanes
    ADD CONSTRAINT plan_lanes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY plan_retries
    ADD CONSTRAINT plan_retries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY plan_revisions
    ADD CONSTRAINT plan_revisions_pkey PRIMARY KEY (plan_id);

ALTER TABLE ONLY plans
    ADD CONSTRAINT plans_pkey PRIMARY KEY (id);

ALTER TABLE ONLY region_groups
    ADD CONSTRAINT region_groups_pkey PRIMARY KEY (name);

ALTER TABLE ONLY replica_transitions
    ADD CONSTRAINT replica_transitions_pkey PRIMARY KEY (from_state, to_state);

ALTER TABLE ONLY replicas
    ADD CONSTRAINT replicas_pkey PRIMARY KEY (id);

ALTER TABLE ONLY schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY seal_keys
    ADD CONSTRAINT seal_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY state_transitions
    ADD CONSTRAINT state_transitions_pkey PRIMARY KEY (of_table, from_state, to_state);

ALTER TABLE ONLY synchronizations
    ADD CONSTRAINT synchronizations_pkey PRIMARY KEY (account, region);

ALTER TABLE ONLY webhook_attempts
    ADD CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, n);

ALTER TABLE ONLY webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhook_events
    ADD CONSTRAINT webhook_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);

CREATE INDEX api_tokens_of_people ON api_tokens USING btree (name) WHERE (person IS NOT NULL);

CREATE UNIQUE INDEX api_tokens_sha256_key ON api_tokens USING btree (sha256);

CREATE UNIQUE INDEX approvals_one_each ON approvals USING btree (plan_id, approver) WHERE (voided_at IS NULL);

CREATE INDEX approvals_plan_id_idx ON approvals USING btree (plan_id);

CREATE INDEX attempts_replica_id_id_idx ON attempts USING btree (replica_id, id);

CREATE UNIQUE INDEX audit_checkpoints_prev_hash_key ON audit_checkpoints USING btree (prev_hash);

CREATE INDEX audit_entries_object_id_seq_idx ON ONLY audit_entries USING btree (object_id, seq);

CREATE INDEX coverage_cells_check_id_state_idx ON coverage_cells USING btree (check_id, state);

CREATE INDEX coverage_checks_drill_id_idx ON coverage_checks USING btree (drill_id);

CREATE INDEX coverage_checks_policy_name_id_idx ON coverage_checks USING btree (policy_name, id);

CREATE INDEX coverage_checks_state_idx ON coverage_checks USING btree (state);

CREATE INDEX coverage_policies_next_check_at_idx ON coverage_policies USING btree (next_check_at);

CREATE INDEX drill_approvals_drill_id_idx ON drill_approvals USING btree (drill_id);

CREATE UNIQUE INDEX drill_approvals_one_each ON drill_approvals USING btree (drill_id, COALESCE(step_position, '-1'::integer), approver);

CREATE INDEX drills_next_at_idx ON drills USING btree (next_at);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys USING btree (created_at);

CREATE INDEX inventory_keys_reading_id_mrk_idx ON inventory_keys USING btree (reading_id, mrk);

CREATE INDEX lane_failure_hours_lane_id_idx ON lane_failure_hours USING btree (lane_id);

CREATE INDEX manifest_rows_manifest_id_key_idx ON manifest_rows USING btree (manifest_id, key);

CREATE UNIQUE INDEX manifests_plan_id_key ON manifests USING btree (plan_id);

CREATE INDEX plan_archives_open ON plan_archives USING btree (not_before) WHERE (emptied_at IS NULL);

CREATE INDEX plan_changes_changed_at_idx ON plan_changes USING btree (changed_at);

CREATE INDEX plan_keys_aliases_idx ON plan_keys USING gin (aliases);

CREATE UNIQUE INDEX plan_lanes_plan_id_account_primary_region_region_key ON plan_lanes USING btree (plan_id, account, primary_region, region);

CREATE INDEX plan_retries_plan_id_idx ON plan_retries USING btree (plan_id);

CREATE INDEX plans_drill_id_idx ON plans USING btree (drill_id);

CREATE INDEX plans_finished_at_idx ON plans USING btree (finished_at);

CREATE UNIQUE INDEX plans_schedule_id_scheduled_for_key ON plans USING btree (schedule_id, scheduled_for);

CREATE INDEX plans_state_idx ON plans USING btree (state);

CREATE INDEX plans_to_archive ON plans USING btree (finished_at) WHERE ((finished_at IS NOT NULL) AND (archived_at IS NULL) AND (drill_id IS NULL));

CREATE INDEX replicas_accepted ON replicas USING btree (plan_id, accepted_at) WHERE (accepted_at IS NOT NULL);

CREATE INDEX replicas_adopted ON replicas USING btree (plan_id) WHERE ((state = 'succeeded'::replica_state) AND (outcome = 'adopted'::replica_outcome));

CREATE INDEX replicas_alias_due ON replicas USING btree (lane_id, not_before, id) WHERE ((state = 'creating'::replica_state) AND (next_look_at IS NULL) AND (slot_at IS NULL));

CREATE INDEX replicas_differing ON replicas USING btree (plan_id, id NULLS FIRST) WHERE (diff <> '[]'::jsonb);

CREATE INDEX replicas_due ON replicas USING btree (lane_id, not_before, id) WHERE (state = 'pending'::replica_state);

CREATE INDEX replicas_due_external ON replicas USING btree (lane_id, not_before, id) WHERE ((state = 'pending'::replica_state) AND (origin = 'EXTERNAL'::text));

CREATE INDEX replicas_due_native ON replicas USING btree (lane_id, not_before, id) WHERE ((state = 'pending'::replica_state) AND (origin IS DISTINCT FROM 'EXTERNAL'::text));

CREATE INDEX replicas_external_made ON replicas USING btree (usable_at) WHERE ((origin = 'EXTERNAL'::text) AND (operation = 'replicate'::plan_operation) AND (state = 'succeeded'::replica_state) AND (outcome = ANY (ARRAY['created'::replica_outcome, 'adopted'::replica_outcome])) AND (usable_at IS NOT NULL));

CREATE INDEX replicas_failed_at ON replicas USING btree (failed_at) WHERE (failed_at IS NOT NULL);

CREATE INDEX replicas_held ON replicas USING btree (worker_id) WHERE (worker_id IS NOT NULL);

CREATE INDEX replicas_import_due ON replicas USING btree (lane_id, not_before, id) WHERE ((state = 'importing'::replica_state) AND (next_look_at IS NULL) AND (slot_at IS NULL));

CREATE INDEX replicas_made ON replicas USING btree (replica_key_id) WHERE ((replica_key_id IS NOT NULL) AND (state = ANY (ARRAY['pending'::replica_state, 'succeeded'::replica_state, 'already_present'::replica_state, 'failed'::replica_state, 'blocked'::replica_state, 'cancelled'::replica_state])));

CREATE INDEX replicas_mrk_region_idx ON replicas USING btree (mrk, region);

CREATE UNIQUE INDEX replicas_one_in_flight ON replicas USING btree (mrk, account, region) WHERE (state = ANY (ARRAY['queued'::replica_state, 'replicating'::replica_state, 'creating'::replica_state, 'importing'::replica_state]));

CREATE UNIQUE INDEX replicas_one_promotion ON replicas USING btree (mrk, account) WHERE ((operation = 'promote'::plan_operation) AND (state = ANY (ARRAY['queued'::replica_state, 'replicating'::replica_state, 'creating'::replica_state, 'importing'::replica_state])));

CREATE UNIQUE INDEX replicas_plan_id_key_id_region_key ON replicas USING btree (plan_id, key_id, region);

CREATE INDEX replicas_plan_id_state_id_idx ON replicas USING btree (plan_id, state, id NULLS FIRST);

CREATE INDEX replicas_slotted ON replicas USING btree (slot_at) WHERE (slot_at IS NOT NULL);

CREATE INDEX replicas_to_look_at ON replicas USING btree (next_look_at) WHERE (next_look_at IS NOT NULL);

CREATE INDEX replicas_unsuccessful ON replicas USING btree (plan_id, id NULLS FIRST) WHERE (state = ANY (ARRAY['failed'::replica_state, 'blocked'::replica_state]));

CREATE INDEX replicas_with_error ON replicas USING btree (plan_id, ((error ->> 'code'::text)), id NULLS FIRST) WHERE (error IS NOT NULL);

CREATE INDEX replicas_without_material ON replicas USING btree (plan_id) WHERE ((state = ANY (ARRAY['succeeded'::replica_state, 'already_present'::replica_state])) AND (key_state = 'PendingImport'::text));

CREATE INDEX schedules_next_run_at_idx ON schedules USING btree (next_run_at);

CREATE UNIQUE INDEX sessions_sha256_key ON sessions USING btree (sha256);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries USING btree (webhook_id, next_attempt_at) WHERE (state = 'pending'::webhook_delivery_state);

CREATE INDEX webhook_deliveries_event_id_idx ON webhook_deliveries USING btree (event_id);

CREATE INDEX webhook_deliveries_webhook_id_id_idx ON webhook_deliveries USING btree (webhook_id, id);

CREATE INDEX webhook_events_time_idx ON webhook_events USING btree ("time");

CREATE CONSTRAINT TRIGGER api_tokens_changed AFTER UPDATE ON api_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((((old.sha256 IS DISTINCT FROM new.sha256) OR (old.name IS DISTINCT FROM new.name)) OR (old.role IS DISTINCT FROM new.role)) OR (old.expires_at IS DISTINCT FROM new.expires_at)) OR (old.revoked_at IS DISTINCT FROM new.revoked_at))) EXECUTE FUNCTION api_token_changed();

CREATE TRIGGER api_tokens_keep_scope BEFORE UPDATE OF accounts, regions ON api_tokens FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();

CREATE CONSTRAINT TRIGGER api_tokens_made AFTER INSERT OR DELETE ON api_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION api_token_changed();

CREATE TRIGGER approval_changed AFTER INSERT OR UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION approval_changed();

CREATE TRIGGER approval_rules_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON approval_rules FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER approval_rules_in_order BEFORE INSERT ON approval_rules FOR EACH ROW EXECUTE FUNCTION refuse_stray_version();

CREATE CONSTRAINT TRIGGER approval_rules_put AFTER INSERT ON approval_rules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_rules_changed();

CREATE TRIGGER approvals_are_kept BEFORE DELETE OR TRUNCATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE CONSTRAINT TRIGGER approvals_given AFTER INSERT ON approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plan_approved();

CREATE TRIGGER approvals_only_voided BEFORE UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION approval_updated();

CREATE CONSTRAINT TRIGGER approvals_told AFTER INSERT ON approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_plan_approved();

CREATE CONSTRAINT TRIGGER approvals_voided AFTER UPDATE ON approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_voided();

CREATE TRIGGER attempts_append_only BEFORE UPDATE OR TRUNCATE ON attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER attempts_are_kept AFTER DELETE ON attempts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_unarchived();

CREATE TRIGGER audit_checkpoints_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_checkpoints_chained BEFORE INSERT ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION leave_out_unchained_checkpoint();

CREATE TRIGGER audit_entries_append_only BEFORE DELETE OR UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_entries_in_order BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_stray_entry();

CREATE TRIGGER audit_entries_kept BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_head_kept BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE CONSTRAINT TRIGGER coverage_checks_asked AFTER INSERT ON coverage_checks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.cause = 'asked'::coverage_cause)) EXECUTE FUNCTION coverage_check_asked();

CREATE TRIGGER coverage_checks_tell_workers AFTER INSERT ON coverage_checks FOR EACH ROW EXECUTE FUNCTION tell_workers();

CREATE TRIGGER coverage_checks_transitions BEFORE UPDATE ON coverage_checks FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();

CREATE CONSTRAINT TRIGGER coverage_policies_changed AFTER UPDATE ON coverage_policies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.updated_at IS DISTINCT FROM new.updated_at)) EXECUTE FUNCTION coverage_policy_changed();

CREATE CONSTRAINT TRIGGER coverage_policies_made AFTER INSERT OR DELETE ON coverage_policies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION coverage_policy_changed();

CREATE TRIGGER drill_approvals_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON drill_approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE CONSTRAINT TRIGGER drill_approvals_given AFTER INSERT ON drill_approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drill_decided();

CREATE TRIGGER drill_findings_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON drill_findings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE CONSTRAINT TRIGGER drill_findings_noted AFTER INSERT ON drill_findings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.noted_by IS NOT NULL) OR (new.code = 'broken_glass'::text))) EXECUTE FUNCTION drill_finding_noted();

CREATE TRIGGER drill_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON drill_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER drill_steps_transitions BEFORE UPDATE ON drill_steps FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();

CREATE TRIGGER drills_approvals_judged BEFORE UPDATE ON drills FOR EACH ROW WHEN (((new.mode = 'live'::drill_mode) AND (old.started_at IS NULL) AND ((new.state = 'running'::drill_state) OR ((new.scope_sha256 IS NOT NULL) AND (new.state = ANY (ARRAY['resolving'::drill_state, 'awaiting_approval'::drill_state])))))) EXECUTE FUNCTION judge_by_approval_rules();

CREATE TRIGGER drills_are_kept BEFORE DELETE OR TRUNCATE ON drills FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER drills_guarded BEFORE UPDATE ON drills FOR EACH ROW EXECUTE FUNCTION drill_updated();

CREATE CONSTRAINT TRIGGER drills_made_told AFTER INSERT ON drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_drill_state();

CREATE CONSTRAINT TRIGGER drills_moved AFTER UPDATE ON drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.state IS DISTINCT FROM new.state) OR (old.broken_glass_at IS DISTINCT FROM new.broken_glass_at))) EXECUTE FUNCTION drill_audited();

CREATE CONSTRAINT TRIGGER drills_moved_told AFTER UPDATE ON drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION tell_drill_state();

CREATE CONSTRAINT TRIGGER drills_run AFTER INSERT ON drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drill_audited();

CREATE TRIGGER drills_tell_workers AFTER INSERT OR UPDATE OF next_at ON drills FOR EACH ROW EXECUTE FUNCTION tell_workers();

CREATE TRIGGER drills_transitions BEFORE UPDATE ON drills FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();

CREATE CONSTRAINT TRIGGER lanes_quota_changed AFTER UPDATE ON lanes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.quota_per_second IS DISTINCT FROM new.quota_per_second)) EXECUTE FUNCTION lane_quota_changed();

CREATE CONSTRAINT TRIGGER lanes_quota_set AFTER INSERT ON lanes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.quota_per_second IS NOT NULL)) EXECUTE FUNCTION lane_quota_changed();

CREATE TRIGGER plan_archive_parts_append_only BEFORE TRUNCATE ON plan_archive_parts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER plan_archive_parts_are_kept BEFORE DELETE ON plan_archive_parts FOR EACH ROW EXECUTE FUNCTION part_deleted();

CREATE TRIGGER plan_archive_parts_only_marked BEFORE UPDATE ON plan_archive_parts FOR EACH ROW EXECUTE FUNCTION part_updated();

CREATE TRIGGER plan_inserted AFTER INSERT ON plans FOR EACH ROW EXECUTE FUNCTION plan_inserted();

CREATE TRIGGER plan_updated AFTER UPDATE ON plans FOR EACH ROW WHEN ((((((((((old.state IS DISTINCT FROM new.state) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.started_at IS DISTINCT FROM new.started_at)) OR (old.finished_at IS DISTINCT FROM new.finished_at)) OR (old.priority IS DISTINCT FROM new.priority)) OR (old.max_in_flight IS DISTINCT FROM new.max_in_flight)) OR (old.tolerance_count IS DISTINCT FROM new.tolerance_count)) OR (old.tolerance_percent IS DISTINCT FROM new.tolerance_percent)) OR (old.lower_bound_seconds IS DISTINCT FROM new.lower_bound_seconds))) EXECUTE FUNCTION plan_updated();

CREATE TRIGGER plan_window_updated AFTER UPDATE ON plans FOR EACH ROW WHEN (((old.window_opens_at IS DISTINCT FROM new.window_opens_at) OR (old.window_closes_at IS DISTINCT FROM new.window_closes_at))) EXECUTE FUNCTION plan_updated();

CREATE TRIGGER plans_approvals_judged BEFORE UPDATE ON plans FOR EACH ROW WHEN (((new.drill_id IS NULL) AND ((new.state = ANY (ARRAY['previewed'::plan_state, 'awaiting_approval'::plan_state, 'scheduled'::plan_state])) OR ((new.state = ANY (ARRAY['paused'::plan_state, 'halted'::plan_state])) AND (new.started_at IS NULL)) OR ((new.state = 'running'::plan_state) AND (old.state <> 'running'::plan_state) AND ((old.started_at IS NULL) OR (old.state <> ALL (ARRAY['paused'::plan_state, 'halted'::plan_state]))))))) EXECUTE FUNCTION judge_by_approval_rules();

CREATE TRIGGER plans_approvals_kept BEFORE UPDATE ON plans FOR EACH ROW WHEN ((new.approvals_required < old.approvals_required)) EXECUTE FUNCTION refuse_fewer_approvals();

CREATE TRIGGER plans_keep_scope BEFORE UPDATE OF accounts, regions ON plans FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();

CREATE CONSTRAINT TRIGGER plans_made_told AFTER INSERT ON plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_plan_state();

CREATE CONSTRAINT TRIGGER plans_moved AFTER UPDATE ON plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((((((old.state IS DISTINCT FROM new.state) OR (old.priority IS DISTINCT FROM new.priority)) OR (old.max_in_flight IS DISTINCT FROM new.max_in_flight)) OR (old.windows IS DISTINCT FROM new.windows)) OR (old.tolerance_count IS DISTINCT FROM new.tolerance_count)) OR (old.tolerance_percent IS DISTINCT FROM new.tolerance_percent))) EXECUTE FUNCTION plan_moved();

CREATE CONSTRAINT TRIGGER plans_moved_told AFTER UPDATE ON plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION tell_plan_state();

CREATE TRIGGER plans_start_approved BEFORE UPDATE ON plans FOR EACH ROW WHEN (((new.state = 'running'::plan_state) AND (old.state <> 'running'::plan_state))) EXECUTE FUNCTION refuse_unapproved_start();

CREATE TRIGGER plans_stay_archived BEFORE UPDATE ON plans FOR EACH ROW WHEN (((old.archived_at IS NOT NULL) AND (((old.archived_at IS DISTINCT FROM new.archived_at) OR (old.state IS DISTINCT FROM new.state)) OR (old.finished_at IS DISTINCT FROM new.finished_at)))) EXECUTE FUNCTION refuse_archived();

CREATE CONSTRAINT TRIGGER plans_submitted AFTER INSERT ON plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plan_submitted();

CREATE TRIGGER plans_tell_workers AFTER UPDATE ON plans FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION tell_workers();

CREATE TRIGGER plans_tell_workers_of_new AFTER INSERT ON plans FOR EACH ROW EXECUTE FUNCTION tell_workers();

CREATE TRIGGER plans_transitions BEFORE UPDATE ON plans FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION refuse_transition();

CREATE CONSTRAINT TRIGGER region_groups_changed AFTER INSERT OR DELETE OR UPDATE ON region_groups DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION region_group_changed();

CREATE TRIGGER replicas_are_kept BEFORE TRUNCATE ON replicas FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER replicas_go_archived AFTER DELETE ON replicas REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_unarchived();

CREATE TRIGGER replicas_inserted AFTER INSERT ON replicas REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replicas_inserted();

CREATE TRIGGER replicas_inserted_failures AFTER INSERT ON replicas REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_failures();

CREATE TRIGGER replicas_updated AFTER UPDATE ON replicas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replicas_updated();

CREATE TRIGGER replicas_updated_failures AFTER UPDATE ON replicas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION recount_failures();

CREATE TRIGGER replicas_updated_failures_by_hour AFTER UPDATE ON replicas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_failures_by_hour();

CREATE CONSTRAINT TRIGGER schedules_changed AFTER UPDATE ON schedules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.updated_at IS DISTINCT FROM new.updated_at) OR (old.last_plan_id IS DISTINCT FROM new.last_plan_id))) EXECUTE FUNCTION schedule_changed();

CREATE TRIGGER schedules_keep_scope BEFORE UPDATE OF accounts, regions ON schedules FOR EACH ROW WHEN (((old.accounts IS DISTINCT FROM new.accounts) OR (old.regions IS DISTINCT FROM new.regions))) EXECUTE FUNCTION refuse_other_scope();

CREATE CONSTRAINT TRIGGER schedules_made AFTER INSERT OR DELETE ON schedules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION schedule_changed();

CREATE CONSTRAINT TRIGGER sessions_changed AFTER UPDATE ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((((((((old.sha256 IS DISTINCT FROM new.sha256) OR (old.token_id IS DISTINCT FROM new.token_id)) OR (old.admin_proof IS DISTINCT FROM new.admin_proof)) OR (old.issuer IS DISTINCT FROM new.issuer)) OR (old.subject IS DISTINCT FROM new.subject)) OR (old.caller IS DISTINCT FROM new.caller)) OR (old.role IS DISTINCT FROM new.role)) OR (old.expires_at IS DISTINCT FROM new.expires_at))) EXECUTE FUNCTION session_changed();

CREATE CONSTRAINT TRIGGER sessions_made AFTER INSERT OR DELETE ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION session_changed();

CREATE TRIGGER webhook_deliveries_tell_workers AFTER INSERT ON webhook_deliveries FOR EACH STATEMENT EXECUTE FUNCTION tell_workers();

CREATE TRIGGER webhook_deliveries_transitions BEFORE UPDATE ON webhook_deliveries FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION refuse_transition();

CREATE CONSTRAINT TRIGGER webhooks_changed AFTER UPDATE ON webhooks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((((((old.name IS DISTINCT FROM new.name) OR (old.url IS DISTINCT FROM new.url)) OR (old.events IS DISTINCT FROM new.events)) OR (old.enabled IS DISTINCT FROM new.enabled)) OR (old.secret IS DISTINCT FROM new.secret)) OR (old.updated_at IS DISTINCT FROM new.updated_at))) EXECUTE FUNCTION webhook_changed();

CREATE CONSTRAINT TRIGGER webhooks_made AFTER INSERT OR DELETE ON webhooks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION webhook_changed();

ALTER TABLE ONLY approvals
    ADD CONSTRAINT approvals_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY attempts
    ADD CONSTRAINT attempts_replica_id_fkey FOREIGN KEY (replica_id) REFERENCES replicas(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY coverage_cells
    ADD CONSTRAINT coverage_cells_check_id_position_fkey FOREIGN KEY (check_id, "position") REFERENCES coverage_keys(check_id, "position") ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY coverage_keys
    ADD CONSTRAINT coverage_keys_check_id_fkey FOREIGN KEY (check_id) REFERENCES coverage_checks(id) ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY drill_approvals
    ADD CONSTRAINT drill_approvals_drill_id_fkey FOREIGN KEY (drill_id) REFERENCES drills(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY drill_findings
    ADD CONSTRAINT drill_findings_drill_id_fkey FOREIGN KEY (drill_id) REFERENCES drills(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY drill_log
    ADD CONSTRAINT drill_log_drill_id_fkey FOREIGN KEY (drill_id) REFERENCES drills(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY drill_steps
    ADD CONSTRAINT drill_steps_drill_id_fkey FOREIGN KEY (drill_id) REFERENCES drills(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY idempotency_keys
    ADD CONSTRAINT idempotency_keys_drill_id_fkey FOREIGN KEY (drill_id) REFERENCES drills(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY idempotency_keys
    ADD CONSTRAINT idempotency_keys_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY inventory_aliases
    ADD CONSTRAINT inventory_aliases_reading_id_fkey FOREIGN KEY (reading_id) REFERENCES inventory_readings(id) ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY inventory_keys
    ADD CONSTRAINT inventory_keys_reading_id_fkey FOREIGN KEY (reading_id) REFERENCES inventory_readings(id) ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY lane_failure_hours
    ADD CONSTRAINT lane_failure_hours_lane_id_fkey FOREIGN KEY (lane_id) REFERENCES plan_lanes(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY manifest_rows
    ADD CONSTRAINT manifest_rows_manifest_id_fkey FOREIGN KEY (manifest_id) REFERENCES manifests(id) ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY manifests
    ADD CONSTRAINT manifests_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY plan_archive_parts
    ADD CONSTRAINT plan_archive_parts_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plan_archives(plan_id) ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY plan_archives
    ADD CONSTRAINT plan_archives_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY plan_changes
    ADD CONSTRAINT plan_changes_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY plan_failures
    ADD CONSTRAINT plan_failures_lane_id_fkey FOREIGN KEY (lane_id) REFERENCES plan_lanes(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY plan_keys
    ADD CONSTRAINT plan_keys_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY plan_lanes
    ADD CONSTRAINT plan_lanes_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY plan_retries
    ADD CONSTRAINT plan_retries_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY plan_revisions
    ADD CONSTRAINT plan_revisions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY replicas
    ADD CONSTRAINT replicas_lane_id_fkey FOREIGN KEY (lane_id) REFERENCES plan_lanes(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY replicas
    ADD CONSTRAINT replicas_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON UPDATE RESTRICT ON DELETE RESTRICT;

ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_token_id_fkey FOREIGN KEY (token_id) REFERENCES api_tokens(id) ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY webhook_attempts
    ADD CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries(id) ON UPDATE RESTRICT ON DELETE CASCADE;

ALTER TABLE ONLY webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES webhook_events(id) ON UPDATE RESTRICT ON DELETE CASCADE;

INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO estate (id, wanted_at, read_at, reading_by, reading_since, failed_at, error) VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO replica_transitions (from_state, to_state) VALUES ('pending', 'queued');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('pending', 'cancelled');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('queued', 'replicating');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('queued', 'pending');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('queued', 'cancelled');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('replicating', 'creating');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('replicating', 'importing');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('replicating', 'succeeded');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('replicating', 'already_present');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('replicating', 'failed');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('replicating', 'blocked');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('replicating', 'pending');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('creating', 'importing');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('creating', 'succeeded');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('creating', 'already_present');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('creating', 'failed');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('creating', 'blocked');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('importing', 'succeeded');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('importing', 'failed');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('importing', 'blocked');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('failed', 'pending');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('blocked', 'pending');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('pending', 'blocked');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('pending', 'already_present');
INSERT INTO replica_transitions (from_state, to_state) VALUES ('importing', 'creating');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'resolving', 'previewed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'resolving', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'resolving', 'scheduled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'resolving', 'cancelled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'resolving', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'previewed', 'resolving');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'previewed', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'previewed', 'scheduled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'previewed', 'cancelled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'awaiting_approval', 'resolving');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'awaiting_approval', 'scheduled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'awaiting_approval', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'awaiting_approval', 'cancelled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'scheduled', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'scheduled', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'scheduled', 'paused');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'scheduled', 'halted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'scheduled', 'cancelled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'running', 'paused');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'running', 'halted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'running', 'succeeded');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'running', 'completed_with_failures');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'running', 'cancelled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'paused', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'paused', 'scheduled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'paused', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'paused', 'succeeded');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'paused', 'completed_with_failures');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'paused', 'cancelled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'halted', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'halted', 'scheduled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'halted', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'halted', 'succeeded');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'halted', 'completed_with_failures');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'halted', 'cancelled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'completed_with_failures', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'completed_with_failures', 'scheduled');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'completed_with_failures', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('plans', 'failed', 'resolving');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'resolving', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'resolving', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'resolving', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'resolving', 'aborted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'awaiting_approval', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'awaiting_approval', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'awaiting_approval', 'aborted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'running', 'paused');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'running', 'rolling_back');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'running', 'succeeded');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'running', 'completed_with_findings');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'running', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'running', 'aborted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'paused', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'paused', 'rolling_back');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'paused', 'aborted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'rolling_back', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drills', 'rolling_back', 'aborted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'pending', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'pending', 'skipped');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'running', 'awaiting_approval');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'running', 'succeeded');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'running', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'running', 'skipped');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'running', 'aborted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'awaiting_approval', 'succeeded');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'awaiting_approval', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('drill_steps', 'awaiting_approval', 'aborted');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('coverage_checks', 'pending', 'running');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('coverage_checks', 'running', 'pending');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('coverage_checks', 'running', 'done');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('coverage_checks', 'running', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('webhook_deliveries', 'pending', 'delivered');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('webhook_deliveries', 'pending', 'failed');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('webhook_deliveries', 'delivered', 'pending');
INSERT INTO state_transitions (of_table, from_state, to_state) VALUES ('webhook_deliveries', 'failed', 'pending');

-- Rights that PUBLIC would have.
REVOKE EXECUTE ON FUNCTION append_audit(text, text, text, jsonb, audit_outcome) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION provide_audit_month(timestamp) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION drop_audit_month(date) FROM PUBLIC;

RESET check_function_bodies;
