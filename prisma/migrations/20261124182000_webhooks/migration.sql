-- CreateEnum
CREATE TYPE "webhook_delivery_state" AS ENUM ('pending', 'delivered', 'failed');

-- CreateTable
CREATE TABLE "webhooks" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[],
    "enabled" BOOLEAN NOT NULL,
    "secret" JSONB NOT NULL,
    "previous_secret" JSONB,
    "previous_secret_until" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhooks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" UUID NOT NULL,
    "sequence" BIGSERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "data" JSONB NOT NULL,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "state" "webhook_delivery_state" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "claimed_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempts" (
    "delivery_id" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "duration_ms" INTEGER,
    "http_status" INTEGER,
    "error" TEXT,
    "answer" TEXT,

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("delivery_id","n")
);

-- CreateIndex
CREATE INDEX "webhook_events_time_idx" ON "webhook_events"("time");

-- CreateIndex
CREATE INDEX "webhook_deliveries_webhook_id_id_idx" ON "webhook_deliveries"("webhook_id", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_event_id_idx" ON "webhook_deliveries"("event_id");

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "webhook_events"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "webhook_deliveries"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma: how events get into the outbox, by triggers on what they tell of.

CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" ("webhook_id", "next_attempt_at") WHERE "state" = 'pending';

-- A UUIDv7, as newId() of the store makes them.
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(
    overlay(uuid_send(gen_random_uuid())
      PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

CREATE FUNCTION event_time(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- A plan as its events tell of it, planEventDataSchema of packages/core. Nothing of its spec but the change ticket.
CREATE FUNCTION plan_event_data(plan uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', p.id, 'name', p.name, 'mode', p.mode, 'state', p.state, 'reason', p.reason,
    'change_ticket', p.spec #>> '{options,change_ticket}', 'created_by', p.created_by,
    'spec_sha256', p.spec_sha256, 'resolved_sha256', p.resolved_sha256, 'approvals_required', p.approvals_required,
    'schedule_id', p.schedule_id, 'scheduled_for', event_time(p.scheduled_for), 'created_at', event_time(p.created_at),
    'started_at', event_time(p.started_at), 'finished_at', event_time(p.finished_at), 'counts', c.counts)
  FROM plans p CROSS JOIN LATERAL (
    SELECT jsonb_build_object(
      'total', coalesce(sum(l.pending + l.queued + l.replicating + l.creating + l.importing + l.succeeded
        + l.already_present + l.failed + l.blocked + l.cancelled), 0),
      'pending', coalesce(sum(l.pending), 0), 'queued', coalesce(sum(l.queued), 0),
      'replicating', coalesce(sum(l.replicating), 0), 'creating', coalesce(sum(l.creating), 0),
      'importing', coalesce(sum(l.importing), 0), 'succeeded', coalesce(sum(l.succeeded), 0),
      'already_present', coalesce(sum(l.already_present), 0), 'failed', coalesce(sum(l.failed), 0),
      'blocked', coalesce(sum(l.blocked), 0), 'cancelled', coalesce(sum(l.cancelled), 0)) AS counts
    FROM plan_lanes l WHERE l.plan_id = p.id) c
  WHERE p.id = plan
$$;

-- Puts an event into the outbox, with a delivery for each webhook that wants it. No row of webhooks is locked, nor named by
-- a foreign key: this runs beside append_audit(), after whose lock nothing may wait.
CREATE FUNCTION tell_webhooks(event_type text, plan uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanting uuid[] := ARRAY(SELECT w.id FROM webhooks w
    WHERE w.enabled AND (cardinality(w.events) = 0 OR event_type = ANY(w.events)));
  event uuid := new_id();
BEGIN
  IF cardinality(wanting) = 0 THEN RETURN; END IF;
  INSERT INTO webhook_events (id, type, subject, time, data)
  VALUES (event, event_type, plan, clock_timestamp(), plan_event_data(plan));
  INSERT INTO webhook_deliveries (id, webhook_id, event_id) SELECT new_id(), w.id, event FROM unnest(wanting) w(id);
END $$;

-- Tells of the plan as the transaction leaves it: of states that it only passes through on the way, nothing.
CREATE FUNCTION tell_plan_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM plans p WHERE p.id = NEW.id AND p.state = NEW.state) THEN
    PERFORM tell_webhooks('com.keyferry.plan.' || NEW.state, NEW.id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION tell_plan_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_webhooks('com.keyferry.plan.approved', NEW.plan_id);
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER plans_made_told AFTER INSERT ON "plans"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_plan_state();
CREATE CONSTRAINT TRIGGER plans_moved_told AFTER UPDATE ON "plans" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tell_plan_state();
CREATE CONSTRAINT TRIGGER approvals_told AFTER INSERT ON "approvals"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_plan_approved();

-- The audit log tells of the host, not of the address: what receivers ask for in path or query may be a secret.
CREATE FUNCTION webhook_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE hook webhooks := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('webhook', hook.id::text, CASE
      WHEN TG_OP = 'INSERT' THEN 'webhook.create'
      WHEN TG_OP = 'DELETE' THEN 'webhook.delete'
      WHEN OLD.secret <> NEW.secret THEN 'webhook.rotate'
      WHEN OLD.enabled AND NOT NEW.enabled AND NEW.disabled_reason IS NOT NULL THEN 'webhook.disable'
      ELSE 'webhook.replace' END,
    jsonb_build_object('name', hook.name, 'host', substring(hook.url FROM '^[a-z]+://([^/?#]+)'), 'events', hook.events,
      'enabled', hook.enabled, 'reason', hook.disabled_reason));
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER webhooks_made AFTER INSERT OR DELETE ON "webhooks"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION webhook_changed();
CREATE CONSTRAINT TRIGGER webhooks_changed AFTER UPDATE ON "webhooks" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.name, OLD.url, OLD.events, OLD.enabled, OLD.secret, OLD.updated_at)
    IS DISTINCT FROM (NEW.name, NEW.url, NEW.events, NEW.enabled, NEW.secret, NEW.updated_at))
  EXECUTE FUNCTION webhook_changed();
