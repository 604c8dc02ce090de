-- AlterTable
ALTER TABLE "replicas" ADD COLUMN     "from_primary_sha256" TEXT;
