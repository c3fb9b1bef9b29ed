-- AlterTable
ALTER TABLE "tidegate"."plan" ADD COLUMN     "run_id" TEXT;
