-- When a circuit behind which no work waits is probed next: by a read, since no call of its own will.
ALTER TABLE "circuits" ADD COLUMN "idle_probe_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
