-- Rows of plans that finished long ago move into compressed parts, see docs/adr/0022-finished-plans-are-archived.md.

-- CreateEnum
CREATE TYPE "archived_table" AS ENUM ('replicas', 'attempts', 'plan_keys', 'manifest_rows', 'plan_lanes');

-- AlterTable
ALTER TABLE "plans" ADD COLUMN "archived_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "plan_archives" (
    "plan_id" UUID NOT NULL,
    "finished_at" TIMESTAMPTZ(3) NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "emptied_at" TIMESTAMPTZ(3),
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rows" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "adopted" INTEGER NOT NULL DEFAULT 0,
    "pending_import" INTEGER NOT NULL DEFAULT 0,
    "pending" INTEGER NOT NULL DEFAULT 0,
    "queued" INTEGER NOT NULL DEFAULT 0,
    "replicating" INTEGER NOT NULL DEFAULT 0,
    "creating" INTEGER NOT NULL DEFAULT 0,
    "importing" INTEGER NOT NULL DEFAULT 0,
    "succeeded" INTEGER NOT NULL DEFAULT 0,
    "already_present" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "blocked" INTEGER NOT NULL DEFAULT 0,
    "cancelled" INTEGER NOT NULL DEFAULT 0,
    "differing" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "plan_archives_pkey" PRIMARY KEY ("plan_id")
);

-- CreateTable
CREATE TABLE "plan_archive_parts" (
    "plan_id" UUID NOT NULL,
    "of" "archived_table" NOT NULL,
    "n" INTEGER NOT NULL,
    "first_id" UUID,
    "last_id" UUID,
    "row_count" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "rows" JSONB NOT NULL,
    "dropped_at" TIMESTAMPTZ(3),

    CONSTRAINT "plan_archive_parts_pkey" PRIMARY KEY ("plan_id","of","n")
);

-- CreateTable
CREATE TABLE "archived_pairs" (
    "mrk" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "replica_key_ids" TEXT[],
    "accepted_at" TIMESTAMPTZ(3),
    "lost_answer" BOOLEAN NOT NULL DEFAULT false,
    "lost_call_at" TIMESTAMPTZ(3),

    CONSTRAINT "archived_pairs_pkey" PRIMARY KEY ("mrk","region","account")
);

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "plan_archives" ADD CONSTRAINT "plan_archives_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plan_archive_parts" ADD CONSTRAINT "plan_archive_parts_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plan_archives"("plan_id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma.

CREATE INDEX "plans_to_archive" ON "plans" ("finished_at")
  WHERE "finished_at" IS NOT NULL AND "archived_at" IS NULL AND "drill_id" IS NULL;
CREATE INDEX "plan_archives_open" ON "plan_archives" ("not_before") WHERE "emptied_at" IS NULL;

-- A row as a part holds it: what is NULL is left out, and read back as NULL. JSON within a column stays as it is.
CREATE FUNCTION without_nulls(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT value - ARRAY(SELECT key FROM jsonb_each(value) WHERE jsonb_typeof(jsonb_each.value) = 'null')
$$;

CREATE FUNCTION rows_sha256(rows jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT encode(sha256(convert_to(rows::text, 'UTF8')), 'hex')
$$;

-- The rows of an archived plan as the tables had them, from one part to another.
CREATE FUNCTION archived_replicas(plan uuid, from_part int, to_part int) RETURNS SETOF "replicas" LANGUAGE sql STABLE AS $$
  SELECT r.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::replicas, p.rows) r
  WHERE p.plan_id = plan AND p.of = 'replicas' AND p.n BETWEEN from_part AND to_part
$$;

CREATE FUNCTION archived_attempts(plan uuid, from_part int, to_part int) RETURNS SETOF "attempts" LANGUAGE sql STABLE AS $$
  SELECT a.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::attempts, p.rows) a
  WHERE p.plan_id = plan AND p.of = 'attempts' AND p.n BETWEEN from_part AND to_part
$$;

CREATE FUNCTION archived_plan_keys(plan uuid) RETURNS SETOF "plan_keys" LANGUAGE sql STABLE AS $$
  SELECT k.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_keys, p.rows) k
  WHERE p.plan_id = plan AND p.of = 'plan_keys'
$$;

CREATE FUNCTION archived_plan_lanes(plan uuid) RETURNS SETOF "plan_lanes" LANGUAGE sql STABLE AS $$
  SELECT l.* FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_lanes, p.rows) l
  WHERE p.plan_id = plan AND p.of = 'plan_lanes'
$$;

-- Replicas and attempts are kept, here or in the archive of their plan.
CREATE FUNCTION refuse_unarchived() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE refused boolean;
BEGIN
  IF TG_TABLE_NAME = 'replicas' THEN
    SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT plan_id FROM old_rows) o JOIN plans p ON p.id = o.plan_id
      WHERE p.archived_at IS NULL) INTO refused;
  ELSE
    SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT r.plan_id FROM old_rows o JOIN replicas r ON r.id = o.replica_id) o
      JOIN plans p ON p.id = o.plan_id WHERE p.archived_at IS NULL) INTO refused;
  END IF;
  IF refused THEN
    RAISE EXCEPTION '% is append-only: the plan is not archived', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER attempts_append_only ON "attempts";
CREATE TRIGGER attempts_append_only BEFORE UPDATE OR TRUNCATE ON "attempts"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempts_are_kept AFTER DELETE ON "attempts"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_unarchived();
DROP TRIGGER replicas_are_kept ON "replicas";
CREATE TRIGGER replicas_are_kept BEFORE TRUNCATE ON "replicas"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER replicas_go_archived AFTER DELETE ON "replicas"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_unarchived();

-- An archived plan stays as it is: its rows can be changed no more.
CREATE FUNCTION refuse_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'plan % is archived', OLD.id;
END $$;

CREATE TRIGGER plans_stay_archived BEFORE UPDATE ON "plans" FOR EACH ROW
  WHEN (OLD.archived_at IS NOT NULL
    AND (OLD.archived_at, OLD.state, OLD.finished_at) IS DISTINCT FROM (NEW.archived_at, NEW.state, NEW.finished_at))
  EXECUTE FUNCTION refuse_archived();

-- What is verified is what was written: a part is only ever marked, or goes with an archive that is given up.
CREATE FUNCTION part_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.plan_id, OLD.of, OLD.n, OLD.row_count, OLD.sha256) IS DISTINCT FROM
     (NEW.plan_id, NEW.of, NEW.n, NEW.row_count, NEW.sha256) THEN
    RAISE EXCEPTION 'a part of an archive is not changed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_archive_parts_only_marked BEFORE UPDATE ON "plan_archive_parts"
  FOR EACH ROW EXECUTE FUNCTION part_updated();

CREATE FUNCTION part_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM plans WHERE id = OLD.plan_id AND archived_at IS NOT NULL) THEN
    RAISE EXCEPTION 'plan % is archived', OLD.plan_id;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER plan_archive_parts_are_kept BEFORE DELETE ON "plan_archive_parts"
  FOR EACH ROW EXECUTE FUNCTION part_deleted();
CREATE TRIGGER plan_archive_parts_append_only BEFORE TRUNCATE ON "plan_archive_parts"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One row a change, gone soon after: a fifth of the table is too much to wait for.
ALTER TABLE "plan_changes" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
ALTER TABLE "attempts" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
