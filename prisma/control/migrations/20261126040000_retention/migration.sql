-- AlterTable
ALTER TABLE "tidegate"."conflict" ADD COLUMN     "values_gone" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "tidegate"."link" ADD COLUMN     "outdated_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "tidegate"."window" ADD COLUMN     "base_forgotten" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "base_snapshot" pg_snapshot;

-- CreateTable
CREATE TABLE "tidegate"."erasure" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT[],
    "wire_key" TEXT[],
    "requested_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'asked',
    "error_code" TEXT,
    "crm_destroyed" JSONB,
    "cloud_destroyed" JSONB,
    "receipt" TEXT,
    "run_id" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "erasure_link_created_at_idx" ON "tidegate"."erasure"("link", "created_at");

-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."erasure"
  ALTER COLUMN "key" SET NOT NULL,
  ADD CONSTRAINT "erasure_state_check" CHECK ("state" IN ('asked', 'done', 'refused'));

ALTER TABLE "tidegate"."release" DROP CONSTRAINT "release_act_check",
  ADD CONSTRAINT "release_act_check" CHECK ("act" IN ('retry', 'edit', 'restore', 'approve', 'undo', 'erase'));
