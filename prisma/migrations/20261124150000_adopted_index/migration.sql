-- How many replicas were adopted is asked at every scrape of /metrics; they are few.
CREATE INDEX "replicas_adopted" ON "replicas" ("plan_id") WHERE "state" = 'succeeded' AND "outcome" = 'adopted';
