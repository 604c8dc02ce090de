-- What CCKM lists, as it was last read for people to look at.
CREATE TABLE "estate" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "wanted_at" TIMESTAMPTZ(3),
    "read_at" TIMESTAMPTZ(3),
    "reading_by" UUID,
    "reading_since" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "error" JSONB,

    CONSTRAINT "estate_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "estate_is_one" CHECK ("id" = 1)
);

INSERT INTO "estate" DEFAULT VALUES;

CREATE TABLE "estate_keys" (
    "position" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "mrk" TEXT,
    "account" TEXT NOT NULL,
    "primary_region" TEXT,
    "alias" TEXT,
    "origin" TEXT,
    "multi_region" BOOLEAN NOT NULL,
    "regions" TEXT[] NOT NULL,
    "members" JSONB NOT NULL,

    CONSTRAINT "estate_keys_pkey" PRIMARY KEY ("position")
);
