-- AlterTable
ALTER TABLE "tidegate"."held_row" ADD COLUMN     "code" TEXT,
ADD COLUMN     "detail" TEXT,
ADD COLUMN     "field" TEXT,
ADD COLUMN     "sealed" JSONB;

-- AddForeignKey
ALTER TABLE "tidegate"."undo_refusal" ADD CONSTRAINT "undo_refusal_undo_id_fkey" FOREIGN KEY ("undo_id") REFERENCES "tidegate"."undo"("id") ON DELETE CASCADE ON UPDATE CASCADE;
