-- Workers without work ask for some every few seconds only. Whatever gives them some tells them so.
CREATE FUNCTION tell_workers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('keyferry_work', '');
  RETURN NULL;
END $$;

CREATE TRIGGER "plans_tell_workers_of_new" AFTER INSERT ON "plans" FOR EACH ROW EXECUTE FUNCTION tell_workers();
CREATE TRIGGER "plans_tell_workers" AFTER UPDATE ON "plans" FOR EACH ROW
  WHEN (old.state IS DISTINCT FROM new.state) EXECUTE FUNCTION tell_workers();
CREATE TRIGGER "drills_tell_workers" AFTER INSERT OR UPDATE OF "next_at" ON "drills" FOR EACH ROW
  EXECUTE FUNCTION tell_workers();
CREATE TRIGGER "coverage_checks_tell_workers" AFTER INSERT ON "coverage_checks" FOR EACH ROW
  EXECUTE FUNCTION tell_workers();
CREATE TRIGGER "webhook_deliveries_tell_workers" AFTER INSERT ON "webhook_deliveries" FOR EACH STATEMENT
  EXECUTE FUNCTION tell_workers();
