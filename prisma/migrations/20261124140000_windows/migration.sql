-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "windows" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "window_opens_at" TIMESTAMPTZ(3),
ADD COLUMN     "window_closes_at" TIMESTAMPTZ(3);

-- Who follows a plan is told of its next window.
CREATE TRIGGER plan_window_updated AFTER UPDATE ON "plans" FOR EACH ROW
  WHEN ((OLD.window_opens_at, OLD.window_closes_at) IS DISTINCT FROM (NEW.window_opens_at, NEW.window_closes_at))
  EXECUTE FUNCTION plan_updated();
