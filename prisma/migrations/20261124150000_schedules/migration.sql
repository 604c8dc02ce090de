-- CreateEnum
CREATE TYPE "schedule_overlap" AS ENUM ('skip', 'allow');

-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "schedule_id" UUID,
ADD COLUMN     "scheduled_for" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "schedules" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "cron" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "plan" JSONB NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "overlap" "schedule_overlap" NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "next_run_at" TIMESTAMPTZ(3),
    "last_run_at" TIMESTAMPTZ(3),
    "last_plan_id" UUID,
    "last_skipped_at" TIMESTAMPTZ(3),
    "last_skip_reason" TEXT,
    "last_error" JSONB,

    CONSTRAINT "schedules_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "schedules_next_run_at_idx" ON "schedules"("next_run_at");

-- CreateIndex
CREATE UNIQUE INDEX "plans_schedule_id_scheduled_for_key" ON "plans"("schedule_id", "scheduled_for");
