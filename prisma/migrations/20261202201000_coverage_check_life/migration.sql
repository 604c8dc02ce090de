-- The life of a coverage check, from packages/core.
INSERT INTO state_transitions
SELECT 'coverage_checks', l.from_state, unnest(l.to_states::text[]) FROM (VALUES
  ('pending', '{running}'),
  ('running', '{pending,done,failed}')
) l(from_state, to_states);

CREATE TRIGGER coverage_checks_transitions BEFORE UPDATE ON coverage_checks FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_transition();
