-- AlterTable
ALTER TABLE "tidegate"."approval" ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'breach',
ADD COLUMN     "batch_id" UUID,
ADD COLUMN     "left_changes" INTEGER,
ADD COLUMN     "left_deletes" INTEGER,
ADD COLUMN     "expires_at" TIMESTAMPTZ(6),
ADD COLUMN     "used_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "tidegate"."held_window" (
    "batch_id" UUID NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "message_id" UUID NOT NULL,
    "run_id" TEXT,
    "manifest" TEXT NOT NULL,
    "held_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "held_window_pkey" PRIMARY KEY ("batch_id")
);

-- CreateTable
CREATE TABLE "tidegate"."held_row" (
    "batch_id" UUID NOT NULL,
    "n" BIGINT NOT NULL,
    "op" TEXT NOT NULL,
    "changed" TEXT NOT NULL,
    "base" TEXT,
    "actor" TEXT,
    "record" JSONB NOT NULL,

    CONSTRAINT "held_row_pkey" PRIMARY KEY ("batch_id","n")
);

-- CreateTable
CREATE TABLE "tidegate"."undo" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "except_edited" BOOLEAN NOT NULL,
    "requested_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "records" INTEGER,
    "refused" INTEGER,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "undo_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."undo_refusal" (
    "undo_id" BIGINT NOT NULL,
    "n" INTEGER NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT[],
    "code" TEXT NOT NULL,

    CONSTRAINT "undo_refusal_pkey" PRIMARY KEY ("undo_id","n")
);

-- CreateTable
CREATE TABLE "tidegate"."plan" (
    "id" UUID NOT NULL,
    "link" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "collections" TEXT[],
    "sample" INTEGER NOT NULL,
    "requested_by" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'asked',
    "result" JSONB,
    "error_code" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "plan_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."plan_difference" (
    "plan_id" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT[],
    "op" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "field" TEXT,
    "before" TEXT,
    "after" TEXT,
    "code" TEXT,

    CONSTRAINT "plan_difference_pkey" PRIMARY KEY ("plan_id","n")
);

-- CreateIndex
CREATE UNIQUE INDEX "held_window_link_collection_key" ON "tidegate"."held_window"("link", "collection");

-- CreateIndex
CREATE INDEX "undo_link_run_id_idx" ON "tidegate"."undo"("link", "run_id");

-- CreateIndex
CREATE INDEX "plan_link_created_at_idx" ON "tidegate"."plan"("link", "created_at");

-- AddForeignKey
ALTER TABLE "tidegate"."held_row" ADD CONSTRAINT "held_row_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "tidegate"."held_window"("batch_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."approval" DROP CONSTRAINT "approval_state_check",
  ADD CONSTRAINT "approval_state_check" CHECK ("state" IN ('waiting', 'approved', 'rejected', 'superseded', 'expired')),
  ADD CONSTRAINT "approval_kind_check" CHECK ("kind" IN ('breach', 'first-load', 'reconnect', 'truncate'));

ALTER TABLE "tidegate"."release" DROP CONSTRAINT "release_act_check",
  ADD CONSTRAINT "release_act_check" CHECK ("act" IN ('retry', 'edit', 'restore', 'approve', 'undo'));

ALTER TABLE "tidegate"."run" DROP CONSTRAINT "run_trigger_check",
  ADD CONSTRAINT "run_trigger_check" CHECK ("trigger" IN ('period', 'user', 'records', 'change', 'repair', 'start', 'approval', 'undo'));

ALTER TABLE "tidegate"."plan"
  ADD CONSTRAINT "plan_direction_check" CHECK ("direction" IN ('forward', 'reverse')),
  ADD CONSTRAINT "plan_state_check" CHECK ("state" IN ('asked', 'done', 'failed'));

ALTER TABLE "tidegate"."undo_refusal" ALTER COLUMN "key" SET NOT NULL;
ALTER TABLE "tidegate"."plan" ALTER COLUMN "collections" SET NOT NULL;
ALTER TABLE "tidegate"."plan_difference" ALTER COLUMN "key" SET NOT NULL;

-- What a plan has found is gone with it.
ALTER TABLE "tidegate"."plan_difference" ADD CONSTRAINT "plan_difference_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "tidegate"."plan"("id") ON DELETE CASCADE ON UPDATE CASCADE;
