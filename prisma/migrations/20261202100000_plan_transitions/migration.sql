-- The life of a plan, as that of a replica: which state may follow which. The same pairs as planTransitions in packages/core
-- (a test compares them).
CREATE TABLE "plan_transitions" (
    "from_state" "plan_state" NOT NULL,
    "to_state" "plan_state" NOT NULL,

    CONSTRAINT "plan_transitions_pkey" PRIMARY KEY ("from_state","to_state")
);

INSERT INTO "plan_transitions" ("from_state", "to_state") VALUES
  ('resolving', 'previewed'), ('resolving', 'awaiting_approval'), ('resolving', 'scheduled'), ('resolving', 'cancelled'),
  ('resolving', 'failed'),
  ('previewed', 'resolving'), ('previewed', 'awaiting_approval'), ('previewed', 'scheduled'), ('previewed', 'cancelled'),
  ('awaiting_approval', 'resolving'), ('awaiting_approval', 'scheduled'), ('awaiting_approval', 'running'),
  ('awaiting_approval', 'cancelled'),
  ('scheduled', 'awaiting_approval'), ('scheduled', 'running'), ('scheduled', 'paused'), ('scheduled', 'halted'),
  ('scheduled', 'cancelled'),
  ('running', 'paused'), ('running', 'halted'), ('running', 'succeeded'), ('running', 'completed_with_failures'),
  ('running', 'cancelled'),
  ('paused', 'awaiting_approval'), ('paused', 'scheduled'), ('paused', 'running'), ('paused', 'succeeded'),
  ('paused', 'completed_with_failures'), ('paused', 'cancelled'),
  ('halted', 'awaiting_approval'), ('halted', 'scheduled'), ('halted', 'running'), ('halted', 'succeeded'),
  ('halted', 'completed_with_failures'), ('halted', 'cancelled'),
  ('completed_with_failures', 'awaiting_approval'), ('completed_with_failures', 'scheduled'),
  ('completed_with_failures', 'running'),
  ('failed', 'resolving');

CREATE FUNCTION refuse_plan_transition() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'public', 'pg_temp' AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM plan_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
    RAISE EXCEPTION 'plan % cannot go from % to %', NEW.id, OLD.state, NEW.state;
  END IF;
  RETURN NEW;
END $$;

-- By its name the last of those before an update: what says more of why a plan may not move says it first.
CREATE TRIGGER plans_transitions BEFORE UPDATE ON plans FOR EACH ROW
WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION refuse_plan_transition();
