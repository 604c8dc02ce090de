-- What is told to others: events for webhooks, and workers that are woken.
-- As the migrations leave it, written by `npm run sql:write`; a test compares it with a migrated database. To change a function
-- write a migration that begins with what stands here.

-- drill_event_data(drill uuid)
CREATE OR REPLACE FUNCTION public.drill_event_data(drill uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT jsonb_build_object('id', d.id, 'name', d.name, 'scenario', d.spec ->> 'scenario', 'mode', d.mode, 'state', d.state,
    'reason', d.reason, 'change_ticket', d.spec ->> 'change_ticket', 'created_by', d.created_by,
    'spec_sha256', d.spec_sha256, 'scope_sha256', d.scope_sha256, 'approvals_required', d.approvals_required,
    'broken_glass', d.broken_glass_at IS NOT NULL, 'keys', d.keys, 'declared_at', event_time(d.declared_at),
    'approved_at', event_time(d.approved_at), 'started_at', event_time(d.started_at),
    'finished_at', event_time(d.finished_at), 'current_step', (SELECT s.id FROM drill_steps s
      WHERE s.drill_id = d.id AND s.state IN ('running', 'awaiting_approval') ORDER BY s.position LIMIT 1))
  FROM drills d WHERE d.id = $1
$function$;

-- event_time(at timestamp with time zone)
CREATE OR REPLACE FUNCTION public.event_time(at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$function$;

-- new_id()
CREATE OR REPLACE FUNCTION public.new_id()
 RETURNS uuid
 LANGUAGE sql
AS $function$
  SELECT encode(set_bit(set_bit(
    overlay(uuid_send(gen_random_uuid())
      PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$function$;

-- plan_event_data(plan uuid)
CREATE OR REPLACE FUNCTION public.plan_event_data(plan uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

-- tell_drill_state()
CREATE OR REPLACE FUNCTION public.tell_drill_state()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM drills d WHERE d.id = NEW.id AND d.state = NEW.state) THEN
    PERFORM tell_webhooks('com.keyferry.drill.' || NEW.state, NEW.id);
  END IF;
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER drills_made_told AFTER INSERT ON public.drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_drill_state();
CREATE CONSTRAINT TRIGGER drills_moved_told AFTER UPDATE ON public.drills DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION tell_drill_state();

-- tell_of_drill(event_type text, drill uuid, more jsonb)
CREATE OR REPLACE FUNCTION public.tell_of_drill(event_type text, drill uuid, more jsonb)
 RETURNS integer
 LANGUAGE sql
AS $function$
  SELECT tell_webhooks(event_type, drill, more)
$function$;

-- tell_plan_approved()
CREATE OR REPLACE FUNCTION public.tell_plan_approved()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM tell_webhooks('com.keyferry.plan.approved', NEW.plan_id);
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER approvals_told AFTER INSERT ON public.approvals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_plan_approved();

-- tell_plan_state()
CREATE OR REPLACE FUNCTION public.tell_plan_state()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM plans p WHERE p.id = NEW.id AND p.state = NEW.state) THEN
    PERFORM tell_webhooks('com.keyferry.plan.' || NEW.state, NEW.id);
  END IF;
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER plans_made_told AFTER INSERT ON public.plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_plan_state();
CREATE CONSTRAINT TRIGGER plans_moved_told AFTER UPDATE ON public.plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION tell_plan_state();

-- tell_webhooks(event_type text, subject uuid, more jsonb)
CREATE OR REPLACE FUNCTION public.tell_webhooks(event_type text, subject uuid, more jsonb DEFAULT '{}'::jsonb)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
END $function$;

-- tell_workers()
CREATE OR REPLACE FUNCTION public.tell_workers()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM pg_notify('keyferry_work', '');
  RETURN NULL;
END $function$;
CREATE TRIGGER coverage_checks_tell_workers AFTER INSERT ON public.coverage_checks FOR EACH ROW EXECUTE FUNCTION tell_workers();
CREATE TRIGGER drills_tell_workers AFTER INSERT OR UPDATE OF next_at ON public.drills FOR EACH ROW EXECUTE FUNCTION tell_workers();
CREATE TRIGGER plans_tell_workers AFTER UPDATE ON public.plans FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION tell_workers();
CREATE TRIGGER plans_tell_workers_of_new AFTER INSERT ON public.plans FOR EACH ROW EXECUTE FUNCTION tell_workers();
CREATE TRIGGER webhook_deliveries_tell_workers AFTER INSERT ON public.webhook_deliveries FOR EACH STATEMENT EXECUTE FUNCTION tell_workers();
