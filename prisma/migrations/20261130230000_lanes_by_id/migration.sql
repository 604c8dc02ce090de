-- A statement that changed a few replicas read all lanes of all plans twice to count them: nothing is known of the size of a
-- transition table, and with nested loops off every lane was hashed. The lanes are named by their ids now.
CREATE OR REPLACE FUNCTION replicas_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION replicas_updated() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
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
