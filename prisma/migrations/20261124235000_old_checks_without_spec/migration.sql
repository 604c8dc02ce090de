-- AlterTable: what an old check was asked to go by goes with its cells.
ALTER TABLE "coverage_checks" ALTER COLUMN "spec" DROP NOT NULL;
