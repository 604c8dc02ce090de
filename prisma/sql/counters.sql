-- What is counted or noted as rows change: counters of lanes, failures, revisions of plans; and what reads archived rows.
-- As the migrations leave it, written by `npm run sql:write`; a test compares it with a migrated database. To change a function
-- write a migration that begins with what stands here.

-- approval_changed()
CREATE OR REPLACE FUNCTION public.approval_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM note_plan_change(NEW.plan_id, '{}', false);
  RETURN NULL;
END $function$;
CREATE TRIGGER approval_changed AFTER INSERT OR UPDATE ON public.approvals FOR EACH ROW EXECUTE FUNCTION approval_changed();

-- archived_attempts(plan uuid, from_part integer, to_part integer)
CREATE OR REPLACE FUNCTION public.archived_attempts(plan uuid, from_part integer, to_part integer)
 RETURNS SETOF attempts
 LANGUAGE sql
 STABLE
AS $function$
  SELECT a.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::attempts, p.rows) a
  WHERE p.plan_id = plan AND p.of = 'attempts' AND p.n BETWEEN from_part AND to_part
$function$;

-- archived_plan_keys(plan uuid)
CREATE OR REPLACE FUNCTION public.archived_plan_keys(plan uuid)
 RETURNS SETOF plan_keys
 LANGUAGE sql
 STABLE
AS $function$
  SELECT k.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_keys, p.rows) k
  WHERE p.plan_id = plan AND p.of = 'plan_keys'
$function$;

-- archived_plan_lanes(plan uuid)
CREATE OR REPLACE FUNCTION public.archived_plan_lanes(plan uuid)
 RETURNS SETOF plan_lanes
 LANGUAGE sql
 STABLE
AS $function$
  SELECT l.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_lanes, p.rows) l
  WHERE p.plan_id = plan AND p.of = 'plan_lanes'
$function$;

-- archived_replicas(plan uuid, from_part integer, to_part integer)
CREATE OR REPLACE FUNCTION public.archived_replicas(plan uuid, from_part integer, to_part integer)
 RETURNS SETOF replicas
 LANGUAGE sql
 STABLE
AS $function$
  SELECT r.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::replicas, p.rows) r
  WHERE p.plan_id = plan AND p.of = 'replicas' AND p.n BETWEEN from_part AND to_part
$function$;

-- count_failures()
CREATE OR REPLACE FUNCTION public.count_failures()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows WHERE state IN ('failed', 'blocked')) THEN
    INSERT INTO plan_failures AS f (lane_id, code, failed, blocked)
    SELECT lane_id, error ->> 'code', count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'blocked')
    FROM new_rows WHERE state IN ('failed', 'blocked') AND error ->> 'code' IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (lane_id, code) DO UPDATE SET failed = f.failed + excluded.failed, blocked = f.blocked + excluded.blocked;
  END IF;
  RETURN NULL;
END $function$;
CREATE TRIGGER replicas_inserted_failures AFTER INSERT ON public.replicas REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_failures();

-- count_failures_by_hour()
CREATE OR REPLACE FUNCTION public.count_failures_by_hour()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE TRIGGER replicas_updated_failures_by_hour AFTER UPDATE ON public.replicas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_failures_by_hour();

-- list_plan_keys(listed uuid)
CREATE OR REPLACE FUNCTION public.list_plan_keys(listed uuid)
 RETURNS void
 LANGUAGE sql
 SET work_mem TO '64MB'
AS $function$
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
$function$;

-- note_plan_change(changed_plan uuid, changed_replicas uuid[], too_many boolean)
CREATE OR REPLACE FUNCTION public.note_plan_change(changed_plan uuid, changed_replicas uuid[], too_many boolean)
 RETURNS void
 LANGUAGE sql
AS $function$
  WITH next AS (
    UPDATE plan_revisions SET revision = revision + 1 WHERE plan_id = changed_plan RETURNING revision
  )
  INSERT INTO plan_changes (plan_id, revision, replica_ids, truncated)
  SELECT changed_plan, next.revision, changed_replicas, too_many FROM next
$function$;

-- plan_inserted()
CREATE OR REPLACE FUNCTION public.plan_inserted()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO plan_revisions (plan_id) VALUES (NEW.id);
  PERFORM note_plan_change(NEW.id, '{}', false);
  RETURN NULL;
END $function$;
CREATE TRIGGER plan_inserted AFTER INSERT ON public.plans FOR EACH ROW EXECUTE FUNCTION plan_inserted();

-- plan_updated()
CREATE OR REPLACE FUNCTION public.plan_updated()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM note_plan_change(NEW.id, '{}', false);
  RETURN NULL;
END $function$;
CREATE TRIGGER plan_updated AFTER UPDATE ON public.plans FOR EACH ROW WHEN (((old.state IS DISTINCT FROM new.state) OR (old.reason IS DISTINCT FROM new.reason) OR (old.started_at IS DISTINCT FROM new.started_at) OR (old.finished_at IS DISTINCT FROM new.finished_at) OR (old.priority IS DISTINCT FROM new.priority) OR (old.max_in_flight IS DISTINCT FROM new.max_in_flight) OR (old.tolerance_count IS DISTINCT FROM new.tolerance_count) OR (old.tolerance_percent IS DISTINCT FROM new.tolerance_percent) OR (old.lower_bound_seconds IS DISTINCT FROM new.lower_bound_seconds))) EXECUTE FUNCTION plan_updated();
CREATE TRIGGER plan_window_updated AFTER UPDATE ON public.plans FOR EACH ROW WHEN (((old.window_opens_at IS DISTINCT FROM new.window_opens_at) OR (old.window_closes_at IS DISTINCT FROM new.window_closes_at))) EXECUTE FUNCTION plan_updated();

-- recount_failures()
CREATE OR REPLACE FUNCTION public.recount_failures()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE TRIGGER replicas_updated_failures AFTER UPDATE ON public.replicas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION recount_failures();

-- replicas_inserted()
CREATE OR REPLACE FUNCTION public.replicas_inserted()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE TRIGGER replicas_inserted AFTER INSERT ON public.replicas REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replicas_inserted();

-- replicas_updated()
CREATE OR REPLACE FUNCTION public.replicas_updated()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_nestloop TO 'off'
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
CREATE TRIGGER replicas_updated AFTER UPDATE ON public.replicas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replicas_updated();

-- rows_sha256(rows jsonb)
CREATE OR REPLACE FUNCTION public.rows_sha256(rows jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT encode(sha256(convert_to(rows::text, 'UTF8')), 'hex')
$function$;
