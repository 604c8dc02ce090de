-- Lives as data, from packages/core: which states may follow which. A table whose state is guarded by refuse_transition() has
-- its transitions here, and no other is made. First, the life of a plan.
CREATE TABLE "state_transitions" (
    "of_table" TEXT NOT NULL,
    "from_state" TEXT NOT NULL,
    "to_state" TEXT NOT NULL,

    CONSTRAINT "state_transitions_pkey" PRIMARY KEY ("of_table","from_state","to_state")
);

INSERT INTO state_transitions
SELECT l.of_table, l.from_state, unnest(l.to_states::text[]) FROM (VALUES
  ('plans', 'resolving', '{previewed,awaiting_approval,scheduled,cancelled,failed}'),
  ('plans', 'previewed', '{resolving,awaiting_approval,scheduled,cancelled}'),
  ('plans', 'awaiting_approval', '{resolving,scheduled,running,cancelled}'),
  ('plans', 'scheduled', '{awaiting_approval,running,paused,halted,cancelled}'),
  ('plans', 'running', '{paused,halted,succeeded,completed_with_failures,cancelled}'),
  ('plans', 'paused', '{awaiting_approval,scheduled,running,succeeded,completed_with_failures,cancelled}'),
  ('plans', 'halted', '{awaiting_approval,scheduled,running,succeeded,completed_with_failures,cancelled}'),
  ('plans', 'completed_with_failures', '{awaiting_approval,scheduled,running}'),
  ('plans', 'failed', '{resolving}')
) l(of_table, from_state, to_states);

CREATE FUNCTION refuse_transition() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'public', 'pg_temp' AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM state_transitions t
    WHERE t.of_table = TG_TABLE_NAME AND t.from_state = OLD.state::text AND t.to_state = NEW.state::text) THEN
    RAISE EXCEPTION '%: % cannot go from % to %', TG_TABLE_NAME, OLD.id, OLD.state, NEW.state;
  END IF;
  RETURN NEW;
END $$;

-- By its name the last of those before an update: what says more of why a plan may not move says it first.
CREATE TRIGGER plans_transitions BEFORE UPDATE ON plans FOR EACH ROW
WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION refuse_transition();
