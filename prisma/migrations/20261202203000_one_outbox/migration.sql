-- One function puts the events of plans and of drills into the outbox, for the webhooks that want them; `more` is laid over
-- the data. It answers how many these are.
DROP FUNCTION tell_webhooks(text, uuid);
DROP FUNCTION tell_of_drill(text, uuid, jsonb);
CREATE FUNCTION tell_webhooks(event_type text, subject uuid, more jsonb DEFAULT '{}') RETURNS int LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION tell_drill_state() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'public', 'pg_temp' AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM drills d WHERE d.id = NEW.id AND d.state = NEW.state) THEN
    PERFORM tell_webhooks('com.keyferry.drill.' || NEW.state, NEW.id);
  END IF;
  RETURN NULL;
END $$;

-- Workers of the version before call it, as long as they run.
CREATE FUNCTION tell_of_drill(event_type text, drill uuid, more jsonb) RETURNS int LANGUAGE sql AS $$
  SELECT tell_webhooks(event_type, drill, more)
$$;
