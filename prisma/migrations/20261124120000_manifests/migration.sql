-- AlterTable
ALTER TABLE "replicas" ADD COLUMN     "settings" JSONB,
ADD COLUMN     "manifest_line" INTEGER;

-- CreateTable
CREATE TABLE "manifests" (
    "id" UUID NOT NULL,
    "plan_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "manifests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "manifest_rows" (
    "manifest_id" UUID NOT NULL,
    "line" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "region" TEXT,
    "settings" JSONB,

    CONSTRAINT "manifest_rows_pkey" PRIMARY KEY ("manifest_id","line")
);

-- CreateTable
CREATE UNLOGGED TABLE "inventory_readings" (
    "id" UUID NOT NULL,
    "worker_id" UUID NOT NULL,

    CONSTRAINT "inventory_readings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE UNLOGGED TABLE "inventory_keys" (
    "reading_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "mrk" TEXT,
    "key" JSONB NOT NULL,

    CONSTRAINT "inventory_keys_pkey" PRIMARY KEY ("reading_id","id")
);

-- CreateTable
CREATE UNLOGGED TABLE "inventory_aliases" (
    "reading_id" UUID NOT NULL,
    "alias" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,

    CONSTRAINT "inventory_aliases_pkey" PRIMARY KEY ("reading_id","alias","key_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "manifests_plan_id_key" ON "manifests"("plan_id");

-- CreateIndex
CREATE INDEX "manifest_rows_manifest_id_key_idx" ON "manifest_rows"("manifest_id", "key");

-- CreateIndex
CREATE INDEX "inventory_keys_reading_id_mrk_idx" ON "inventory_keys"("reading_id", "mrk");

-- AddForeignKey
ALTER TABLE "manifests" ADD CONSTRAINT "manifests_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "manifest_rows" ADD CONSTRAINT "manifest_rows_manifest_id_fkey" FOREIGN KEY ("manifest_id") REFERENCES "manifests"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "inventory_keys" ADD CONSTRAINT "inventory_keys_reading_id_fkey" FOREIGN KEY ("reading_id") REFERENCES "inventory_readings"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "inventory_aliases" ADD CONSTRAINT "inventory_aliases_reading_id_fkey" FOREIGN KEY ("reading_id") REFERENCES "inventory_readings"("id") ON DELETE CASCADE ON UPDATE RESTRICT;
