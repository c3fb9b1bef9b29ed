-- CreateTable
CREATE TABLE "tidegate"."approval" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "run_id" TEXT,
    "code" TEXT NOT NULL,
    "changes" INTEGER NOT NULL,
    "deletes" INTEGER NOT NULL,
    "change_budget" INTEGER,
    "delete_budget" INTEGER NOT NULL,
    "records" BIGINT,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "bound_to" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(6),
    "decided_by" TEXT,
    "decided_reason" TEXT,

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "approval_link_collection_direction_state_idx" ON "tidegate"."approval"("link", "collection", "direction", "state");

-- CreateIndex
CREATE INDEX "approval_run_id_idx" ON "tidegate"."approval"("run_id");

-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."approval"
  ADD CONSTRAINT "approval_direction_check" CHECK ("direction" IN ('forward', 'reverse')),
  ADD CONSTRAINT "approval_state_check" CHECK ("state" IN ('waiting', 'approved', 'rejected', 'superseded')),
  ADD CONSTRAINT "approval_decided_check" CHECK ("state" NOT IN ('approved', 'rejected') OR ("decided_by" IS NOT NULL AND "decided_reason" IS NOT NULL));

-- One breach of a channel waits at a time, and one approval of it holds.
CREATE UNIQUE INDEX "approval_one_open" ON "tidegate"."approval" ("link", "collection", "direction") WHERE "state" IN ('waiting', 'approved');
