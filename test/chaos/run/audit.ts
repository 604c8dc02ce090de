import type pg from 'pg';

/** A change of a replica's state, written by a trigger in the same transaction. */
export interface AuditEntry {
  readonly seq: number;
  /** Milliseconds since the epoch, shortly before the commit. */
  readonly at: number;
  readonly replica: string;
  readonly plan: string;
  /** `<mrk> <region>` */
  readonly pair: string;
  /** Null: the row was inserted. */
  readonly from: string | null;
  readonly to: string;
}

/** Has the database itself note every change of state, so that no check relies on what Keyferry says it did. */
export async function installAudit(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE TABLE chaos_audit (
      seq bigserial PRIMARY KEY, at float8 NOT NULL DEFAULT extract(epoch FROM clock_timestamp()) * 1000,
      replica uuid NOT NULL, plan uuid NOT NULL, pair text NOT NULL, from_state text, to_state text NOT NULL);
    CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO chaos_audit (replica, plan, pair, from_state, to_state)
      VALUES (NEW.id, NEW.plan_id, NEW.mrk || ' ' || NEW.region,
        CASE TG_OP WHEN 'UPDATE' THEN OLD.state::text END, NEW.state::text);
      RETURN NULL;
    END $$;
    CREATE TRIGGER chaos_born AFTER INSERT ON replicas FOR EACH ROW EXECUTE FUNCTION chaos_note();
    CREATE TRIGGER chaos_changed AFTER UPDATE ON replicas FOR EACH ROW
      WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION chaos_note();`);
}

export async function readAudit(client: pg.Client): Promise<AuditEntry[]> {
  const { rows } = await client.query<AuditEntry>(`
    SELECT seq::int, at, replica, plan, pair, from_state AS "from", to_state AS "to" FROM chaos_audit ORDER BY seq`);
  return rows;
}
