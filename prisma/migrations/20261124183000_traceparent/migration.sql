-- The span that submitted a plan, to which the traces of its jobs point.
ALTER TABLE "plans" ADD COLUMN "traceparent" TEXT;
