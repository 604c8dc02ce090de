-- The role of the application may own nothing of this (packages/store/src/roles): it may change rows, and gets past no trigger.
-- So what writes the audit log runs as its owner, and what triggers call is looked up where the application creates nothing.

-- As before, with what the caller calls its request, and with the rights of the owner. Whether the transaction has told of the object is read from the log itself: the
-- setting that it was kept in could be made by whoever connects, to keep an entry out.
CREATE OR REPLACE FUNCTION append_audit(type text, id text, own_action text, own_detail jsonb, result audit_outcome DEFAULT 'done')
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  command jsonb := coalesce(nullif(current_setting('keyferry.command', true), '')::jsonb, '{"caller": "system"}');
  -- Long enough for any transaction and any step of the clock; older months are not looked into.
  lately timestamptz := now() - interval '1 day';
  newest xid;
  entry audit_entries;
BEGIN
  -- Once a transaction and object: a command may touch several rows of what it changes. The newest entry of the object says so:
  -- from its first entry until it commits no other transaction writes one.
  IF id IS NULL THEN
    SELECT e.xmin INTO newest FROM audit_entries e
    WHERE e.object_id IS NULL AND e.object_type = type AND e.at > lately ORDER BY e.seq DESC LIMIT 1;
  ELSE
    SELECT e.xmin INTO newest FROM audit_entries e
    WHERE e.object_id = id AND e.object_type = type AND e.at > lately ORDER BY e.seq DESC LIMIT 1;
  END IF;
  IF newest = pg_current_xact_id()::xid THEN RETURN; END IF;

  entry.action := CASE WHEN starts_with(command ->> 'action', type || '.') THEN command ->> 'action' ELSE own_action END;
  -- That a part of the log was dropped is for its owner to say: whoever verifies goes on from there.
  IF starts_with(entry.action, 'audit.') AND NOT pg_has_role(session_user, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'entries about the log itself are written by its owner' USING ERRCODE = 'insufficient_privilege';
  END IF;

  SELECT h.seq + 1, h.hash INTO entry.seq, entry.prev_hash FROM audit_head h FOR UPDATE;
  entry.at := date_trunc('milliseconds', clock_timestamp());
  entry.caller := command ->> 'caller';
  entry.role := command ->> 'role';
  entry.token_id := command ->> 'token_id';
  entry.request_id := command ->> 'request_id';
  entry.object_type := type;
  entry.object_id := id;
  entry.outcome := result;
  entry.detail := jsonb_strip_nulls(own_detail || jsonb_build_object('caller_request_id', command ->> 'caller_request_id'));
  entry.hash := audit_hash(entry);
  UPDATE audit_head SET seq = entry.seq, hash = entry.hash;
  PERFORM provide_audit_month(date_trunc('month', entry.at AT TIME ZONE 'UTC'));
  INSERT INTO audit_entries VALUES (entry.*);
END $$;

-- These three are the owner's, and append_audit() also the application's: whoever else connects writes no entry.
REVOKE EXECUTE ON FUNCTION append_audit(text, text, text, jsonb, audit_outcome) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION provide_audit_month(timestamp) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION drop_audit_month(date) FROM PUBLIC;

-- The literals in which it names a month are read as they were written, whatever the session's settings.
ALTER FUNCTION provide_audit_month(timestamp) SET "TimeZone" TO 'UTC';
ALTER FUNCTION provide_audit_month(timestamp) SET "DateStyle" TO 'ISO, MDY';

-- Postgres looks into pg_catalog first, and here into the temporary schema last, where anybody may create tables. What is called
-- from a trigger has the search_path of the trigger. A function that is defined anew loses it: define it with the same.
DO $$
DECLARE
  home regnamespace := (SELECT relnamespace FROM pg_class WHERE oid = 'audit_entries'::regclass);
  one regprocedure;
BEGIN
  FOR one IN
    SELECT p.oid FROM pg_proc p WHERE p.pronamespace = home
      AND (p.oid IN (SELECT tgfoid FROM pg_trigger WHERE NOT tgisinternal)
        OR p.proname IN ('append_audit', 'provide_audit_month', 'drop_audit_month'))
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path TO %s, pg_temp', one, home);
  END LOOP;
END $$;
