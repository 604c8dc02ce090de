-- Until when the call of a released row may be sent: as late after its slot as the bucket of AWS bears.
ALTER TABLE "replicas" ADD COLUMN "send_before" TIMESTAMPTZ(3);
-- When the worker last gave out slots: while it does, the others do not read the lanes too.
ALTER TABLE "workers" ADD COLUMN "dispatched_at" TIMESTAMPTZ(3);
