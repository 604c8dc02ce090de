-- AlterTable
ALTER TABLE "audit_checkpoints" ADD COLUMN     "prev_hash" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "audit_checkpoints_prev_hash_key" ON "audit_checkpoints"("prev_hash");

-- What follows cannot be said in schema.prisma.

-- An API of the version before may still run while this one starts. What it would sign names no checkpoint before it, and
-- behind one that does it would break the chain for good: it is left out, and signed by this version.
CREATE FUNCTION leave_out_unchained_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.prev_hash IS NULL THEN RETURN NULL; END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER audit_checkpoints_chained BEFORE INSERT ON "audit_checkpoints"
  FOR EACH ROW EXECUTE FUNCTION leave_out_unchained_checkpoint();

-- As before, and no sooner than 365 days after the first checkpoint that covers the month. How old entries are is known
-- by checkpoints alone: whoever owns the database can write any time into entries.
CREATE OR REPLACE FUNCTION drop_audit_month(month date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  part text := to_char(month, '"audit_entries_"YYYY_MM');
  oldest text;
  last record;
  signed_at timestamptz;
BEGIN
  PERFORM 1 FROM audit_head FOR UPDATE;
  SELECT min(c.relname) INTO oldest FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'audit_entries'::regclass;
  IF oldest IS DISTINCT FROM part THEN
    RAISE EXCEPTION 'the oldest month of the log is %, and not %', coalesce(oldest, 'none'), part;
  END IF;
  IF date_trunc('month', month) + interval '13 months' > now() AT TIME ZONE 'UTC' THEN
    RAISE EXCEPTION '% is kept until twelve months after its end', part;
  END IF;
  EXECUTE format('SELECT seq, hash FROM %I ORDER BY seq DESC LIMIT 1', part) INTO last;
  SELECT c.at INTO signed_at FROM audit_checkpoints c WHERE c.seq >= last.seq ORDER BY c.seq LIMIT 1;
  IF signed_at IS NULL THEN
    RAISE EXCEPTION 'no signed checkpoint covers %: configure KEYFERRY_SIGNING_KEY first', part;
  END IF;
  -- In hours: a day of a time zone may have 23.
  IF signed_at + interval '8760 hours' > now() THEN
    RAISE EXCEPTION '% is kept until 365 days after it was first signed, %', part, signed_at;
  END IF;
  EXECUTE format('DROP TABLE %I', part);
  PERFORM append_audit('audit', part, 'audit.drop', jsonb_build_object('last_seq', last.seq, 'last_hash', last.hash));
  RETURN format('dropped %s, up to entry %s', part, last.seq);
END $$;
