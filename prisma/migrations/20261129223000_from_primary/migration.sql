-- AlterTable
ALTER TABLE "replicas" ADD COLUMN     "from_primary" JSONB;
