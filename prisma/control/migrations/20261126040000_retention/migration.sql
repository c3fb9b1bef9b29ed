-- AlterTable
ALTER TABLE "tidegate"."conflict" ADD COLUMN     "values_gone" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "tidegate"."link" ADD COLUMN     "outdated_at" TIMESTAMPTZ(6);
