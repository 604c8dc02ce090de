-- CreateEnum
CREATE TYPE "plan_mode" AS ENUM ('execute', 'preview');

-- CreateEnum
CREATE TYPE "plan_state" AS ENUM ('resolving', 'previewed', 'awaiting_approval', 'scheduled', 'running', 'paused', 'halted', 'succeeded', 'completed_with_failures', 'cancelled', 'failed');

-- CreateEnum
CREATE TYPE "replica_state" AS ENUM ('pending', 'queued', 'replicating', 'creating', 'importing', 'succeeded', 'already_present', 'failed', 'blocked', 'cancelled');

-- CreateEnum
CREATE TYPE "replica_outcome" AS ENUM ('created', 'adopted', 'already_present');

-- CreateEnum
CREATE TYPE "attempt_operation" AS ENUM ('replicate', 'reconcile', 'verify', 'import', 'synchronize');

-- CreateTable
CREATE TABLE "plans" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "mode" "plan_mode" NOT NULL,
    "state" "plan_state" NOT NULL,
    "spec" JSONB NOT NULL,
    "spec_sha256" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "start_at" TIMESTAMPTZ(3),
    "priority" INTEGER NOT NULL,
    "max_in_flight" INTEGER NOT NULL,
    "tolerance_count" INTEGER,
    "tolerance_percent" DOUBLE PRECISION,
    "sequential" BOOLEAN NOT NULL,
    "max_attempts" INTEGER NOT NULL,
    "resolved_by" UUID,
    "resolve_not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolve_tries" INTEGER NOT NULL DEFAULT 0,
    "lower_bound_seconds" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "plans_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plan_lanes" (
    "id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "account" TEXT NOT NULL,
    "primary_region" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "wave" INTEGER NOT NULL,
    "last_slot_at" TIMESTAMPTZ(3),
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

    CONSTRAINT "plan_lanes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replicas" (
    "id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "lane_id" UUID NOT NULL,
    "key_id" TEXT NOT NULL,
    "mrk" TEXT NOT NULL,
    "key_arn" TEXT,
    "alias" TEXT,
    "origin" TEXT,
    "account" TEXT NOT NULL,
    "primary_region" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "state" "replica_state" NOT NULL,
    "outcome" "replica_outcome",
    "replica_key_id" TEXT,
    "replica_arn" TEXT,
    "key_state" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "error" JSONB,
    "error_since" TIMESTAMPTZ(3),
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "slot_at" TIMESTAMPTZ(3),
    "worker_id" UUID,
    "unsettled_since" TIMESTAMPTZ(3),
    "look_first" BOOLEAN NOT NULL DEFAULT false,
    "lost_answer" BOOLEAN NOT NULL DEFAULT false,
    "next_look_at" TIMESTAMPTZ(3),
    "looks" INTEGER NOT NULL DEFAULT 0,
    "absences" INTEGER NOT NULL DEFAULT 0,
    "enabled_since" TIMESTAMPTZ(3),
    "pending_import_since" TIMESTAMPTZ(3),
    "import_called_at" TIMESTAMPTZ(3),
    "imports" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "accepted_at" TIMESTAMPTZ(3),
    "usable_at" TIMESTAMPTZ(3),

    CONSTRAINT "replicas_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempts" (
    "id" BIGSERIAL NOT NULL,
    "replica_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "worker_id" UUID,
    "operation" "attempt_operation" NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "http_status" INTEGER,
    "error" JSONB,
    "request_id" TEXT,
    "note" TEXT,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plan_revisions" (
    "plan_id" UUID NOT NULL,
    "revision" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "plan_revisions_pkey" PRIMARY KEY ("plan_id")
);

-- CreateTable
CREATE TABLE "plan_changes" (
    "plan_id" UUID NOT NULL,
    "revision" BIGINT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "replica_ids" UUID[],
    "truncated" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "plan_changes_pkey" PRIMARY KEY ("plan_id","revision")
);

-- CreateTable
CREATE TABLE "lanes" (
    "account" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "quota_per_second" DOUBLE PRECISION,
    "rate_factor" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "next_slot_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "throttled_total" BIGINT NOT NULL DEFAULT 0,
    "last_throttled_at" TIMESTAMPTZ(3),
    "factor_changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lanes_pkey" PRIMARY KEY ("account","region","operation")
);

-- CreateTable
CREATE TABLE "circuits" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "probe_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "reason" TEXT,

    CONSTRAINT "circuits_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "synchronizations" (
    "account" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "synchronizations_pkey" PRIMARY KEY ("account","region")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "alive_until" TIMESTAMPTZ(3) NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "concurrency" INTEGER NOT NULL,

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "caller" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body_sha256" TEXT NOT NULL,
    "plan_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("caller","key")
);

-- CreateTable
CREATE TABLE "replica_transitions" (
    "from_state" "replica_state" NOT NULL,
    "to_state" "replica_state" NOT NULL,

    CONSTRAINT "replica_transitions_pkey" PRIMARY KEY ("from_state","to_state")
);

-- CreateIndex
CREATE INDEX "plans_state_idx" ON "plans"("state");

-- CreateIndex
CREATE UNIQUE INDEX "plan_lanes_plan_id_account_primary_region_region_key" ON "plan_lanes"("plan_id", "account", "primary_region", "region");

-- CreateIndex
CREATE INDEX "replicas_plan_id_id_idx" ON "replicas"("plan_id", "id");

-- CreateIndex
CREATE INDEX "replicas_plan_id_accepted_at_idx" ON "replicas"("plan_id", "accepted_at");

-- CreateIndex
CREATE INDEX "replicas_mrk_region_idx" ON "replicas"("mrk", "region");

-- CreateIndex
CREATE UNIQUE INDEX "replicas_plan_id_key_id_region_key" ON "replicas"("plan_id", "key_id", "region");

-- CreateIndex
CREATE INDEX "attempts_replica_id_id_idx" ON "attempts"("replica_id", "id");

-- CreateIndex
CREATE INDEX "plan_changes_changed_at_idx" ON "plan_changes"("changed_at");

-- AddForeignKey
ALTER TABLE "plan_lanes" ADD CONSTRAINT "plan_lanes_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "replicas" ADD CONSTRAINT "replicas_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "replicas" ADD CONSTRAINT "replicas_lane_id_fkey" FOREIGN KEY ("lane_id") REFERENCES "plan_lanes"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_replica_id_fkey" FOREIGN KEY ("replica_id") REFERENCES "replicas"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plan_revisions" ADD CONSTRAINT "plan_revisions_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "plan_changes" ADD CONSTRAINT "plan_changes_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma: partial indexes, the state machine, the counters, append-only rows.

-- Rows whose turn may have come, per plan lane.
CREATE INDEX "replicas_due" ON "replicas" ("lane_id", "not_before", "id") WHERE "state" = 'pending';
-- EXTERNAL replicas that wait for a slot to import their material.
CREATE INDEX "replicas_import_due" ON "replicas" ("lane_id", "not_before", "id")
  WHERE "state" = 'importing' AND "next_look_at" IS NULL AND "slot_at" IS NULL;
-- No two plans have the same key and Region in flight.
CREATE UNIQUE INDEX "replicas_one_in_flight" ON "replicas" ("mrk", "account", "region")
  WHERE "state" IN ('queued', 'replicating', 'creating', 'importing');
CREATE INDEX "replicas_to_look_at" ON "replicas" ("next_look_at") WHERE "next_look_at" IS NOT NULL;
CREATE INDEX "replicas_held" ON "replicas" ("worker_id") WHERE "worker_id" IS NOT NULL;
CREATE INDEX "replicas_slotted" ON "replicas" ("slot_at") WHERE "slot_at" IS NOT NULL;
CREATE INDEX "replicas_without_material" ON "replicas" ("plan_id")
  WHERE "state" = 'succeeded' AND "key_state" = 'PendingImport';
CREATE INDEX "replicas_unsuccessful" ON "replicas" ("plan_id", "id") WHERE "state" IN ('failed', 'blocked');

-- The state machine, the same pairs as replicaTransitions in packages/core (a test compares them).
INSERT INTO "replica_transitions" ("from_state", "to_state") VALUES
  ('pending', 'queued'), ('pending', 'cancelled'),
  ('queued', 'replicating'), ('queued', 'pending'), ('queued', 'cancelled'),
  ('replicating', 'creating'), ('replicating', 'importing'), ('replicating', 'succeeded'),
  ('replicating', 'already_present'), ('replicating', 'failed'), ('replicating', 'blocked'), ('replicating', 'pending'),
  ('creating', 'importing'), ('creating', 'succeeded'), ('creating', 'already_present'), ('creating', 'failed'),
  ('creating', 'blocked'),
  ('importing', 'succeeded'), ('importing', 'failed'), ('importing', 'blocked'),
  ('failed', 'pending'), ('blocked', 'pending');

-- Writes down that a plan changed. The row lock on plan_revisions is held until commit, so revisions become visible in
-- their order and a reader that has seen revision n has missed nothing before it.
CREATE FUNCTION note_plan_change(changed_plan uuid, changed_replicas uuid[], too_many boolean) RETURNS void
LANGUAGE sql AS $$
  WITH next AS (
    UPDATE plan_revisions SET revision = revision + 1 WHERE plan_id = changed_plan RETURNING revision
  )
  INSERT INTO plan_changes (plan_id, revision, replica_ids, truncated)
  SELECT changed_plan, next.revision, changed_replicas, too_many FROM next
$$;

CREATE FUNCTION plan_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO plan_revisions (plan_id) VALUES (NEW.id);
  PERFORM note_plan_change(NEW.id, '{}', false);
  RETURN NULL;
END $$;

CREATE FUNCTION plan_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM note_plan_change(NEW.id, '{}', false);
  RETURN NULL;
END $$;

CREATE TRIGGER plan_inserted AFTER INSERT ON "plans" FOR EACH ROW EXECUTE FUNCTION plan_inserted();
CREATE TRIGGER plan_updated AFTER UPDATE ON "plans" FOR EACH ROW
  WHEN ((OLD.state, OLD.reason, OLD.started_at, OLD.finished_at, OLD.priority, OLD.max_in_flight, OLD.tolerance_count,
         OLD.tolerance_percent, OLD.lower_bound_seconds)
        IS DISTINCT FROM
        (NEW.state, NEW.reason, NEW.started_at, NEW.finished_at, NEW.priority, NEW.max_in_flight, NEW.tolerance_count,
         NEW.tolerance_percent, NEW.lower_bound_seconds))
  EXECUTE FUNCTION plan_updated();

-- The counters of plan_lanes follow every insert and every change of state in the same transaction, so that they sum to
-- the number of rows at every instant. Locks are taken in one order everywhere: replicas, plan_lanes, plan_revisions.
CREATE FUNCTION replicas_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed record;
BEGIN
  PERFORM 1 FROM plan_lanes WHERE id IN (SELECT lane_id FROM new_rows) ORDER BY id FOR UPDATE;
  UPDATE plan_lanes l SET
    pending = l.pending + d.pending, blocked = l.blocked + d.blocked,
    already_present = l.already_present + d.already_present, creating = l.creating + d.creating
  FROM (
    SELECT lane_id,
      count(*) FILTER (WHERE state = 'pending') AS pending,
      count(*) FILTER (WHERE state = 'blocked') AS blocked,
      count(*) FILTER (WHERE state = 'already_present') AS already_present,
      count(*) FILTER (WHERE state = 'creating') AS creating
    FROM new_rows GROUP BY lane_id
  ) d WHERE l.id = d.lane_id;
  IF EXISTS (SELECT 1 FROM new_rows WHERE state NOT IN ('pending', 'blocked', 'already_present', 'creating')) THEN
    RAISE EXCEPTION 'a replica is born pending, blocked, already_present or creating';
  END IF;
  FOR changed IN SELECT DISTINCT plan_id FROM new_rows ORDER BY plan_id LOOP
    PERFORM note_plan_change(changed.plan_id, '{}', true);
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION replicas_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed record; forbidden record;
BEGIN
  SELECT o.id, o.state AS from_state, n.state AS to_state INTO forbidden
  FROM old_rows o JOIN new_rows n USING (id)
  WHERE o.state <> n.state
    AND NOT EXISTS (SELECT 1 FROM replica_transitions t WHERE t.from_state = o.state AND t.to_state = n.state)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'replica % cannot go from % to %', forbidden.id, forbidden.from_state, forbidden.to_state;
  END IF;

  IF EXISTS (SELECT 1 FROM old_rows o JOIN new_rows n USING (id) WHERE o.state <> n.state) THEN
    PERFORM 1 FROM plan_lanes
    WHERE id IN (SELECT n.lane_id FROM old_rows o JOIN new_rows n USING (id) WHERE o.state <> n.state)
    ORDER BY id FOR UPDATE;
    UPDATE plan_lanes l SET
      pending = l.pending + d.pending, queued = l.queued + d.queued, replicating = l.replicating + d.replicating,
      creating = l.creating + d.creating, importing = l.importing + d.importing, succeeded = l.succeeded + d.succeeded,
      already_present = l.already_present + d.already_present, failed = l.failed + d.failed,
      blocked = l.blocked + d.blocked, cancelled = l.cancelled + d.cancelled
    FROM (
      SELECT lane_id,
        count(*) FILTER (WHERE to_state = 'pending') - count(*) FILTER (WHERE from_state = 'pending') AS pending,
        count(*) FILTER (WHERE to_state = 'queued') - count(*) FILTER (WHERE from_state = 'queued') AS queued,
        count(*) FILTER (WHERE to_state = 'replicating') - count(*) FILTER (WHERE from_state = 'replicating') AS replicating,
        count(*) FILTER (WHERE to_state = 'creating') - count(*) FILTER (WHERE from_state = 'creating') AS creating,
        count(*) FILTER (WHERE to_state = 'importing') - count(*) FILTER (WHERE from_state = 'importing') AS importing,
        count(*) FILTER (WHERE to_state = 'succeeded') - count(*) FILTER (WHERE from_state = 'succeeded') AS succeeded,
        count(*) FILTER (WHERE to_state = 'already_present') - count(*) FILTER (WHERE from_state = 'already_present') AS already_present,
        count(*) FILTER (WHERE to_state = 'failed') - count(*) FILTER (WHERE from_state = 'failed') AS failed,
        count(*) FILTER (WHERE to_state = 'blocked') - count(*) FILTER (WHERE from_state = 'blocked') AS blocked,
        count(*) FILTER (WHERE to_state = 'cancelled') - count(*) FILTER (WHERE from_state = 'cancelled') AS cancelled
      FROM (
        SELECT n.lane_id, o.state AS from_state, n.state AS to_state
        FROM old_rows o JOIN new_rows n USING (id) WHERE o.state <> n.state
      ) moved GROUP BY lane_id
    ) d WHERE l.id = d.lane_id;
  END IF;

  FOR changed IN
    SELECT n.plan_id, array_agg(n.id) AS ids, count(*) AS rows
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE (o.state, o.outcome, o.key_state, o.attempts, o.error, o.not_before)
      IS DISTINCT FROM (n.state, n.outcome, n.key_state, n.attempts, n.error, n.not_before)
    GROUP BY n.plan_id ORDER BY n.plan_id
  LOOP
    IF changed.rows > 500 THEN
      PERFORM note_plan_change(changed.plan_id, '{}', true);
    ELSE
      PERFORM note_plan_change(changed.plan_id, changed.ids, false);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER replicas_inserted AFTER INSERT ON "replicas"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replicas_inserted();
CREATE TRIGGER replicas_updated AFTER UPDATE ON "replicas"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replicas_updated();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER attempts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "attempts"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER replicas_are_kept BEFORE DELETE OR TRUNCATE ON "replicas"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
