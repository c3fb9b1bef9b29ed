-- CreateTable
CREATE TABLE "tidegate"."reconciliation" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "request_id" UUID NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "repair" BOOLEAN NOT NULL DEFAULT false,
    "delete_receipted" BOOLEAN NOT NULL DEFAULT false,
    "requested_by" TEXT,
    "reason" TEXT,
    "state" TEXT NOT NULL DEFAULT 'asked',
    "error_code" TEXT,
    "run_id" TEXT,
    "hash" TEXT,
    "crm_records" BIGINT,
    "cloud_records" BIGINT,
    "questions" INTEGER,
    "wire_bytes" BIGINT,
    "differences" INTEGER,
    "kinds" JSONB,
    "waiting" JSONB,
    "truncated" BOOLEAN NOT NULL DEFAULT false,
    "repaired" INTEGER,
    "forward_request" UUID,
    "reverse_request" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "reconciliation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."reconciliation_difference" (
    "id" BIGSERIAL NOT NULL,
    "reconciliation_id" UUID NOT NULL,
    "key" TEXT[],
    "local_key" TEXT[],
    "kind" TEXT NOT NULL,
    "fields" TEXT[],
    "receipted" BOOLEAN NOT NULL DEFAULT false,
    "offered" BOOLEAN NOT NULL DEFAULT false,
    "repair" TEXT[],

    CONSTRAINT "reconciliation_difference_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "reconciliation_link_collection_created_at_idx" ON "tidegate"."reconciliation"("link", "collection", "created_at");

-- CreateIndex
CREATE INDEX "reconciliation_request_id_idx" ON "tidegate"."reconciliation"("request_id");

-- CreateIndex
CREATE INDEX "reconciliation_difference_reconciliation_id_idx" ON "tidegate"."reconciliation_difference"("reconciliation_id");

-- AddForeignKey
ALTER TABLE "tidegate"."reconciliation_difference" ADD CONSTRAINT "reconciliation_difference_reconciliation_id_fkey" FOREIGN KEY ("reconciliation_id") REFERENCES "tidegate"."reconciliation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."reconciliation"
  ADD CONSTRAINT "reconciliation_trigger_check" CHECK ("trigger" IN ('period', 'user')),
  ADD CONSTRAINT "reconciliation_state_check" CHECK ("state" IN ('asked', 'running', 'completed', 'failed')),
  -- What was never proven to be deleted is not deleted without somebody who says so, and why.
  ADD CONSTRAINT "reconciliation_delete_check" CHECK (NOT "delete_receipted" OR ("requested_by" IS NOT NULL AND "reason" IS NOT NULL));

ALTER TABLE "tidegate"."reconciliation_difference"
  ADD CONSTRAINT "reconciliation_difference_kind_check" CHECK ("kind" IN ('missing', 'deleted-at-cloud', 'extra', 'deleted-at-crm', 'out-of-scope', 'altered'));
