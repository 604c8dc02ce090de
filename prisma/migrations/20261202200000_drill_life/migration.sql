-- The life of a drill and of its steps, from packages/core: which states may follow which.
INSERT INTO state_transitions
SELECT l.of_table, l.from_state, unnest(l.to_states::text[]) FROM (VALUES
  ('drills', 'resolving', '{awaiting_approval,running,failed,aborted}'),
  ('drills', 'awaiting_approval', '{running,failed,aborted}'),
  ('drills', 'running', '{paused,rolling_back,succeeded,completed_with_findings,failed,aborted}'),
  ('drills', 'paused', '{running,rolling_back,aborted}'),
  ('drills', 'rolling_back', '{failed,aborted}'),
  ('drill_steps', 'pending', '{running,skipped}'),
  ('drill_steps', 'running', '{awaiting_approval,succeeded,failed,skipped,aborted}'),
  ('drill_steps', 'awaiting_approval', '{succeeded,failed,aborted}')
) l(of_table, from_state, to_states);

CREATE TRIGGER drills_transitions BEFORE UPDATE ON drills FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER drill_steps_transitions BEFORE UPDATE ON drill_steps FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_transition();

-- As before; that a drill has ended is in the table.
CREATE OR REPLACE FUNCTION public.drill_updated()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$;
