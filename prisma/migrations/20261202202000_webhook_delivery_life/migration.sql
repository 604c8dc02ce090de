-- The life of a delivery to a webhook, from packages/core.
INSERT INTO state_transitions VALUES
  ('webhook_deliveries', 'pending', 'delivered'),
  ('webhook_deliveries', 'pending', 'failed'),
  ('webhook_deliveries', 'delivered', 'pending'),
  ('webhook_deliveries', 'failed', 'pending');

CREATE TRIGGER webhook_deliveries_transitions BEFORE UPDATE ON webhook_deliveries FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_transition();
