-- AlterTable
ALTER TABLE "tidegate"."sync_request" ADD COLUMN     "error_code" TEXT,
ADD COLUMN     "left_out" JSONB;
