-- CreateEnum
CREATE TYPE "audit_outcome" AS ENUM ('done', 'refused');

-- CreateTable
CREATE TABLE "audit_entries" (
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "caller" TEXT,
    "role" "caller_role",
    "token_id" UUID,
    "action" TEXT NOT NULL,
    "object_type" TEXT NOT NULL,
    "object_id" TEXT,
    "outcome" "audit_outcome" NOT NULL,
    "request_id" TEXT,
    "detail" JSONB NOT NULL,
    "prev_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("seq","at")
) PARTITION BY RANGE ("at");

-- CreateTable
CREATE TABLE "audit_head" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "seq" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_checkpoints" (
    "seq" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT NOT NULL,
    "signature" TEXT NOT NULL,

    CONSTRAINT "audit_checkpoints_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "audit_entries_object_id_seq_idx" ON "audit_entries"("object_id", "seq");

-- What follows cannot be said in schema.prisma: how the log is written, by triggers on what it tells of.

ALTER TABLE "audit_head" ADD CONSTRAINT "audit_head_one" CHECK ("id" = 1);
INSERT INTO "audit_head" ("seq", "hash") VALUES (0, repeat('0', 64));

-- RFC 8785, for keys in ASCII: what an entry is hashed over, so that anybody can hash it again.
CREATE FUNCTION canonical_json(value jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE SET extra_float_digits = 1 AS $$
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

CREATE FUNCTION audit_hash(entry "audit_entries") RETURNS text LANGUAGE sql STABLE AS $$
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

-- The partition of a month is made with its first entry.
CREATE FUNCTION provide_audit_month(month timestamp) RETURNS void LANGUAGE plpgsql AS $$
DECLARE part text := to_char(month, '"audit_entries_"YYYY_MM');
BEGIN
  IF to_regclass(part) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF audit_entries FOR VALUES FROM (%L) TO (%L)', part,
    month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
  EXECUTE format('CREATE TRIGGER append_only BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    part);
END $$;

-- Writes an entry. `keyferry.command` says in whose name the transaction acts, and by which command; without it, it is
-- Keyferry's own doing. The command names what it does to its own kind of object; `own_action` names everything else.
-- The row of audit_head is locked until commit: it decides the order of the chain. Nothing may be locked after it, so
-- what calls this does so at the end of its transaction.
CREATE FUNCTION append_audit(type text, id text, own_action text, own_detail jsonb, result audit_outcome DEFAULT 'done')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  command jsonb := coalesce(nullif(current_setting('keyferry.command', true), '')::jsonb, '{"caller": "system"}');
  told text := coalesce(current_setting('keyferry.told', true), '');
  object text := format(E'%s %s\n', type, id);
  entry audit_entries;
BEGIN
  -- Once a transaction and object: a command may touch several rows of what it changes.
  IF strpos(told, object) > 0 THEN RETURN; END IF;
  PERFORM set_config('keyferry.told', told || object, true);

  SELECT h.seq + 1, h.hash INTO entry.seq, entry.prev_hash FROM audit_head h FOR UPDATE;
  entry.at := date_trunc('milliseconds', clock_timestamp());
  entry.caller := command ->> 'caller';
  entry.role := command ->> 'role';
  entry.token_id := command ->> 'token_id';
  entry.request_id := command ->> 'request_id';
  entry.action := CASE WHEN starts_with(command ->> 'action', type || '.') THEN command ->> 'action' ELSE own_action END;
  entry.object_type := type;
  entry.object_id := id;
  entry.outcome := result;
  entry.detail := jsonb_strip_nulls(own_detail);
  entry.hash := audit_hash(entry);
  UPDATE audit_head SET seq = entry.seq, hash = entry.hash;
  PERFORM provide_audit_month(date_trunc('month', entry.at AT TIME ZONE 'UTC'));
  INSERT INTO audit_entries VALUES (entry.*);
END $$;

CREATE FUNCTION refuse_stray_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM audit_head h WHERE h.seq = NEW.seq AND h.hash = NEW.hash) THEN
    RAISE EXCEPTION 'audit entries are written by append_audit()';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER audit_entries_in_order BEFORE INSERT ON "audit_entries" FOR EACH ROW EXECUTE FUNCTION refuse_stray_entry();
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON "audit_entries"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_kept BEFORE TRUNCATE ON "audit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_kept BEFORE DELETE OR TRUNCATE ON "audit_head"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_checkpoints"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Takes away the oldest month of the log: whole, at least twelve months old, and signed. What it ended with is noted in
-- the log, so that the chain of what is left has a beginning that can be verified.
CREATE FUNCTION drop_audit_month(month date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  part text := to_char(month, '"audit_entries_"YYYY_MM');
  oldest text;
  last record;
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
  IF NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE seq >= last.seq) THEN
    RAISE EXCEPTION 'no signed checkpoint covers %: configure KEYFERRY_SIGNING_KEY first', part;
  END IF;
  EXECUTE format('DROP TABLE %I', part);
  PERFORM append_audit('audit', part, 'audit.drop', jsonb_build_object('last_seq', last.seq, 'last_hash', last.hash));
  RETURN format('dropped %s, up to entry %s', part, last.seq);
END $$;

-- What the log tells of. The triggers are deferred: an entry is written as the last thing of the transaction that makes
-- the change, so that the chain's lock is held briefly, and neither can be without the other.

-- By column: a plan as one value would be read with its spec, which may be tens of megabytes.
CREATE FUNCTION plan_limits(priority int, max_in_flight int, windows jsonb, tolerance_count int, tolerance_percent float8)
RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('priority', priority, 'max_in_flight', max_in_flight, 'windows', windows, 'failure_tolerance', CASE
    WHEN tolerance_count IS NOT NULL THEN jsonb_build_object('count', tolerance_count)
    WHEN tolerance_percent IS NOT NULL THEN jsonb_build_object('percent', tolerance_percent) END)
$$;

CREATE FUNCTION plan_submitted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit('plan', NEW.id::text, 'plan.submit', jsonb_build_object('name', NEW.name, 'mode', NEW.mode,
    'change_ticket', NEW.spec #>> '{options,change_ticket}', 'spec_sha256', NEW.spec_sha256));
  RETURN NULL;
END $$;

-- Tells of the plan as the transaction leaves it.
CREATE FUNCTION plan_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  after_all record;
  moved boolean;
  limits_before jsonb := plan_limits(OLD.priority, OLD.max_in_flight, OLD.windows, OLD.tolerance_count,
    OLD.tolerance_percent);
  limits_after jsonb := plan_limits(NEW.priority, NEW.max_in_flight, NEW.windows, NEW.tolerance_count,
    NEW.tolerance_percent);
  changed boolean := limits_before <> limits_after;
BEGIN
  SELECT p.state, p.reason, p.resolved_sha256 INTO after_all FROM plans p WHERE p.id = NEW.id;
  moved := after_all.state <> OLD.state;
  PERFORM append_audit('plan', NEW.id::text, CASE WHEN changed AND NOT moved THEN 'plan.patch' ELSE 'plan.' || after_all.state END,
    jsonb_build_object('from', CASE WHEN moved THEN OLD.state END, 'state', after_all.state, 'reason', after_all.reason,
      'limits_before', CASE WHEN changed THEN limits_before END, 'limits', CASE WHEN changed THEN limits_after END,
      'spec_sha256', NEW.spec_sha256, 'resolved_sha256', after_all.resolved_sha256));
  RETURN NULL;
END $$;

CREATE FUNCTION plan_approved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE after_all record;
BEGIN
  SELECT p.state INTO after_all FROM plans p WHERE p.id = NEW.plan_id;
  PERFORM append_audit('plan', NEW.plan_id::text, 'plan.approve', jsonb_build_object('approval_id', NEW.id,
    'approver', NEW.approver, 'state', after_all.state, 'limits', NEW.limits,
    'spec_sha256', NEW.spec_sha256, 'resolved_sha256', NEW.resolved_sha256));
  RETURN NULL;
END $$;

CREATE FUNCTION approval_voided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit('approval', NEW.id::text, 'approval.void', jsonb_build_object('plan_id', NEW.plan_id,
    'approver', NEW.approver, 'reason', NEW.void_reason));
  RETURN NULL;
END $$;

CREATE FUNCTION region_group_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- A run is told of with the plan that it has submitted, which has an entry of its own.
CREATE FUNCTION schedule_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION lane_quota_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit('lane', format('%s:%s:%s', NEW.account, NEW.region, NEW.operation), 'lane.patch',
    jsonb_build_object('quota_per_second', NEW.quota_per_second,
      'quota_before', CASE WHEN TG_OP = 'UPDATE' THEN OLD.quota_per_second END));
  RETURN NULL;
END $$;

CREATE FUNCTION api_token_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE token api_tokens := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('token', token.id::text, CASE WHEN TG_OP = 'INSERT' THEN 'token.create'
      WHEN TG_OP = 'DELETE' THEN 'token.delete'
      WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN 'token.revoke' ELSE 'token.change' END,
    jsonb_build_object('name', token.name, 'role', token.role, 'expires_at', token.expires_at));
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER plans_submitted AFTER INSERT ON "plans"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plan_submitted();
CREATE CONSTRAINT TRIGGER plans_moved AFTER UPDATE ON "plans" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.state, OLD.priority, OLD.max_in_flight, OLD.windows, OLD.tolerance_count, OLD.tolerance_percent)
    IS DISTINCT FROM
    (NEW.state, NEW.priority, NEW.max_in_flight, NEW.windows, NEW.tolerance_count, NEW.tolerance_percent))
  EXECUTE FUNCTION plan_moved();
CREATE CONSTRAINT TRIGGER approvals_given AFTER INSERT ON "approvals"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plan_approved();
CREATE CONSTRAINT TRIGGER approvals_voided AFTER UPDATE ON "approvals"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_voided();
CREATE CONSTRAINT TRIGGER region_groups_changed AFTER INSERT OR UPDATE OR DELETE ON "region_groups"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION region_group_changed();
CREATE CONSTRAINT TRIGGER schedules_made AFTER INSERT OR DELETE ON "schedules"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION schedule_changed();
CREATE CONSTRAINT TRIGGER schedules_changed AFTER UPDATE ON "schedules" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.updated_at, OLD.last_plan_id) IS DISTINCT FROM (NEW.updated_at, NEW.last_plan_id))
  EXECUTE FUNCTION schedule_changed();
CREATE CONSTRAINT TRIGGER lanes_quota_set AFTER INSERT ON "lanes" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.quota_per_second IS NOT NULL) EXECUTE FUNCTION lane_quota_changed();
CREATE CONSTRAINT TRIGGER lanes_quota_changed AFTER UPDATE ON "lanes" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.quota_per_second IS DISTINCT FROM NEW.quota_per_second) EXECUTE FUNCTION lane_quota_changed();
CREATE CONSTRAINT TRIGGER api_tokens_made AFTER INSERT OR DELETE ON "api_tokens"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION api_token_changed();
CREATE CONSTRAINT TRIGGER api_tokens_changed AFTER UPDATE ON "api_tokens" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.sha256, OLD.name, OLD.role, OLD.expires_at, OLD.revoked_at)
    IS DISTINCT FROM (NEW.sha256, NEW.name, NEW.role, NEW.expires_at, NEW.revoked_at))
  EXECUTE FUNCTION api_token_changed();
