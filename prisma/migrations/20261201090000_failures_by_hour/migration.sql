-- What was given up lately, by lane, error code and hour (UTC): the overview read every row that had failed within a day from
-- its own place in the table. An hour is kept for as long as somebody may ask for it, see failures-by-hour.ts.
CREATE TABLE "lane_failure_hours" (
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "lane_id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "plan_id" UUID NOT NULL,
    "given_up" INTEGER NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lane_failure_hours_pkey" PRIMARY KEY ("hour","lane_id","code")
);

CREATE INDEX "lane_failure_hours_lane_id_idx" ON "lane_failure_hours"("lane_id");

ALTER TABLE "lane_failure_hours" ADD CONSTRAINT "lane_failure_hours_lane_id_fkey" FOREIGN KEY ("lane_id") REFERENCES "plan_lanes"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

INSERT INTO "lane_failure_hours" (hour, lane_id, code, plan_id, given_up, last_at)
SELECT date_trunc('hour', failed_at, 'UTC'), lane_id, error ->> 'code', plan_id, count(*), max(failed_at)
FROM "replicas" WHERE failed_at > now() - interval '2 days' AND error ->> 'code' <> '' GROUP BY 1, 2, 3, 4;

-- Fired after replicas_updated, which has locked the lanes: of two transactions that change the same counters one waits
-- there. Nothing inserts a row that has been given up already.
CREATE FUNCTION count_failures_by_hour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows WHERE failed_at IS NOT NULL) OR EXISTS (SELECT 1 FROM old_rows WHERE failed_at IS NOT NULL) THEN
    INSERT INTO lane_failure_hours AS h (hour, lane_id, code, plan_id, given_up, last_at)
    SELECT date_trunc('hour', failed_at, 'UTC'), lane_id, error ->> 'code', plan_id, sum(n), max(failed_at) FROM (
      SELECT failed_at, lane_id, plan_id, error, 1 AS n FROM new_rows WHERE failed_at IS NOT NULL
      UNION ALL SELECT failed_at, lane_id, plan_id, error, -1 FROM old_rows WHERE failed_at IS NOT NULL
    ) moved WHERE failed_at > now() - interval '2 days' AND error ->> 'code' <> ''
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT (hour, lane_id, code) DO UPDATE SET given_up = h.given_up + excluded.given_up,
      last_at = CASE WHEN excluded.given_up > 0 THEN greatest(h.last_at, excluded.last_at) ELSE h.last_at END;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER replicas_updated_failures_by_hour AFTER UPDATE ON "replicas"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_failures_by_hour();
