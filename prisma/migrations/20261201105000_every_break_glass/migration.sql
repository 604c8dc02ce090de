-- Every break-glass of a drill stands in the audit log. The first is an entry of the drill's own row, which keeps who broke
-- it and when; a later one changes nothing there, and is told by its finding. One transaction leaves one entry of a drill.
CREATE OR REPLACE FUNCTION drill_finding_noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit('drill', NEW.drill_id::text,
    CASE NEW.code WHEN 'broken_glass' THEN 'drill.break_glass' ELSE 'drill.finding' END,
    jsonb_build_object('seq', NEW.seq, 'severity', NEW.severity, 'owner', NEW.owner, 'due', NEW.due, 'ticket', NEW.ticket,
      'message', CASE NEW.code WHEN 'broken_glass' THEN NEW.message END));
  RETURN NULL;
END $$;

DROP TRIGGER drill_findings_noted ON "drill_findings";
CREATE CONSTRAINT TRIGGER drill_findings_noted AFTER INSERT ON "drill_findings"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.noted_by IS NOT NULL OR NEW.code = 'broken_glass')
  EXECUTE FUNCTION drill_finding_noted();
