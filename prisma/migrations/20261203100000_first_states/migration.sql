-- Where a life begins, as data too: from_state '' leads to the states in which a row may be inserted. A restored backup has rows in
-- any state; pg_restore creates triggers after the data, so that only --data-only needs --disable-triggers. Replicas are inserted
-- in bulk and have had the same check, once a statement, in replicas_inserted().
INSERT INTO state_transitions VALUES
  ('coverage_checks', '', 'pending'),
  ('coverage_checks', '', 'failed'),
  ('drill_steps', '', 'pending'),
  ('drills', '', 'resolving'),
  ('plans', '', 'resolving'),
  ('webhook_deliveries', '', 'pending');

CREATE OR REPLACE FUNCTION refuse_transition() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'public', 'pg_temp' AS $$
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
END $$;

CREATE TRIGGER coverage_checks_first_state BEFORE INSERT ON coverage_checks FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER drill_steps_first_state BEFORE INSERT ON drill_steps FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER drills_first_state BEFORE INSERT ON drills FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER plans_first_state BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER webhook_deliveries_first_state BEFORE INSERT ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION refuse_transition();
