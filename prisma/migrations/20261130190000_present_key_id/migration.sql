-- AlterTable
ALTER TABLE "replicas" ADD COLUMN     "present_key_id" TEXT;
