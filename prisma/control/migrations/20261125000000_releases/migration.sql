-- AlterTable
ALTER TABLE "tidegate"."accepted_message" ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'message';

-- AlterTable
ALTER TABLE "tidegate"."conflict" ADD COLUMN     "decided_at" TIMESTAMPTZ(6),
ADD COLUMN     "decided_by" TEXT,
ADD COLUMN     "decided_reason" TEXT,
ADD COLUMN     "release_id" UUID;

-- AlterTable
ALTER TABLE "tidegate"."quarantine" ADD COLUMN     "release_id" UUID,
ADD COLUMN     "resolved_by" TEXT,
ADD COLUMN     "resolved_reason" TEXT;

-- CreateTable
CREATE TABLE "tidegate"."release" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "link" TEXT NOT NULL,
    "act" TEXT NOT NULL,
    "subject" BIGINT NOT NULL,
    "values" JSONB,
    "requested_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "jws" TEXT,
    "digest" TEXT,
    "state" TEXT NOT NULL DEFAULT 'asked',
    "outcome" TEXT,
    "error_code" TEXT,
    "error_detail" TEXT,
    "run_id" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "release_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."release_use" (
    "release_id" UUID NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "outcome" TEXT,
    "used_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "release_use_pkey" PRIMARY KEY ("release_id")
);

-- CreateIndex
CREATE INDEX "release_link_created_at_idx" ON "tidegate"."release"("link", "created_at");

-- CreateIndex
CREATE INDEX "release_act_subject_idx" ON "tidegate"."release"("act", "subject");

-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."accepted_message"
  ADD CONSTRAINT "accepted_message_kind_check" CHECK ("kind" IN ('message', 'release'));

ALTER TABLE "tidegate"."conflict"
  ADD CONSTRAINT "conflict_outcome_check" CHECK ("outcome" IN ('crm', 'cloud', 'value', 'review'));

ALTER TABLE "tidegate"."release"
  ADD CONSTRAINT "release_act_check" CHECK ("act" IN ('retry', 'edit', 'restore')),
  ADD CONSTRAINT "release_state_check" CHECK ("state" IN ('asked', 'signed', 'applied', 'refused')),
  ADD CONSTRAINT "release_values_check" CHECK ("values" IS NULL OR jsonb_typeof("values") = 'object');

-- A conflict that waits for a decision.
CREATE INDEX "conflict_waiting" ON "tidegate"."conflict" ("link", "collection", "key") WHERE "outcome" = 'review';
