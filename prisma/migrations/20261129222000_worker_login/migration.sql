-- Whether CCKM takes the login of each worker: one with a wrong password starts, and its plans wait.
ALTER TABLE "workers" ADD COLUMN "cckm_error" TEXT;
ALTER TABLE "workers" ADD COLUMN "cckm_error_since" TIMESTAMPTZ(3);
