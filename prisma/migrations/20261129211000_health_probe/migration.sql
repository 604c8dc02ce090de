-- What a health check writes: whether Postgres takes writes, and not only connections, is what matters.
CREATE TABLE "health_probe" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "health_probe_pkey" PRIMARY KEY ("id")
);
