-- AlterTable
ALTER TABLE "coverage_checks" ADD COLUMN     "holders_lost" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "holders_lost" INTEGER NOT NULL DEFAULT 0;
