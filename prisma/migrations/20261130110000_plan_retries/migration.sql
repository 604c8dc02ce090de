-- What is left of a retry that is too large for one transaction: the workers go on with it.
CREATE TABLE "plan_retries" (
  "id" UUID NOT NULL,
  "plan_id" UUID NOT NULL,
  "error_code" TEXT,
  "region" TEXT,
  "caller" TEXT NOT NULL,
  "after_id" UUID NOT NULL,

  CONSTRAINT "plan_retries_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "plan_retries_plan_id_idx" ON "plan_retries"("plan_id");
ALTER TABLE "plan_retries" ADD CONSTRAINT "plan_retries_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id")
  ON DELETE RESTRICT ON UPDATE RESTRICT;
