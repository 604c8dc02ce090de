-- AlterTable
ALTER TABLE "idempotency_keys" ALTER COLUMN "plan_id" DROP NOT NULL,
ADD COLUMN "drill_id" UUID;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_drill_id_fkey" FOREIGN KEY ("drill_id") REFERENCES "drills"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma.

-- A submission has made one thing.
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_one_thing" CHECK (num_nonnulls("plan_id", "drill_id") = 1);
