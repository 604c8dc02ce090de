-- CreateTable
CREATE TABLE "seal_keys" (
    "id" TEXT NOT NULL,
    "first_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "seal_keys_pkey" PRIMARY KEY ("id")
);
