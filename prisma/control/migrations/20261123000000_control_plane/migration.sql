-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "tidegate";

-- CreateTable
CREATE TABLE "tidegate"."store" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "only" BOOLEAN NOT NULL DEFAULT true,
    "side" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "store_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."link" (
    "name" TEXT NOT NULL,
    "tenant" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "link" TEXT NOT NULL,
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "state" TEXT NOT NULL DEFAULT 'open',
    "state_reason" TEXT,
    "state_by" TEXT,
    "state_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "incarnation" JSONB,
    "peer_incarnation" JSONB,
    "reload" JSONB,
    "opened_run" TEXT,
    "opened_at" TIMESTAMPTZ(6),

    CONSTRAINT "link_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "tidegate"."channel" (
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "ordinal" BIGINT NOT NULL DEFAULT 0,
    "cursor" pg_snapshot,
    "peer_cursor" TEXT,
    "state" TEXT NOT NULL DEFAULT 'new',
    "state_reason" TEXT,
    "schema_hash" TEXT,
    "proven_at" TIMESTAMPTZ(6),

    CONSTRAINT "channel_pkey" PRIMARY KEY ("link","collection","direction")
);

-- CreateTable
CREATE TABLE "tidegate"."window" (
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "kind" TEXT NOT NULL,
    "batch_id" UUID NOT NULL,
    "run_id" TEXT,
    "message_id" UUID,
    "state" TEXT NOT NULL,
    "from_snapshot" pg_snapshot,
    "to_snapshot" pg_snapshot,
    "to_key" TEXT[],
    "applied_xid" xid8,
    "digest" TEXT,
    "manifest" TEXT,
    "receipt" TEXT,
    "offered" INTEGER NOT NULL DEFAULT 0,
    "applied" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "conflicted" INTEGER NOT NULL DEFAULT 0,
    "quarantined" INTEGER NOT NULL DEFAULT 0,
    "filtered" INTEGER NOT NULL DEFAULT 0,
    "tombstones" INTEGER NOT NULL DEFAULT 0,
    "last" BOOLEAN NOT NULL DEFAULT true,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "window_pkey" PRIMARY KEY ("link","collection","direction","ordinal")
);

-- CreateTable
CREATE TABLE "tidegate"."window_chunk" (
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "chunk" INTEGER NOT NULL,
    "batch_id" UUID NOT NULL,
    "digest" TEXT NOT NULL,
    "receipt" TEXT NOT NULL,
    "offered" INTEGER NOT NULL DEFAULT 0,
    "applied" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "conflicted" INTEGER NOT NULL DEFAULT 0,
    "quarantined" INTEGER NOT NULL DEFAULT 0,
    "filtered" INTEGER NOT NULL DEFAULT 0,
    "finished_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "window_chunk_pkey" PRIMARY KEY ("link","collection","direction","ordinal","chunk")
);

-- CreateTable
CREATE TABLE "tidegate"."registration" (
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "jws" TEXT NOT NULL,
    "answer" TEXT,
    "registered_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "registration_pkey" PRIMARY KEY ("link","collection","hash")
);

-- CreateTable
CREATE TABLE "tidegate"."source" (
    "id" SERIAL NOT NULL,
    "schema_name" TEXT NOT NULL,
    "table_name" TEXT NOT NULL,
    "key_columns" TEXT[],
    "columns" TEXT[],
    "attached_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "source_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."change_log" (
    "id" BIGSERIAL NOT NULL,
    "source" INTEGER NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "key" TEXT[],
    "op" CHAR(1) NOT NULL,
    "old" JSONB,
    "origin" TEXT,
    "actor" TEXT,
    "seen" pg_snapshot,
    "logged_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."record_link" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "wire_key" TEXT[],
    "local_key" TEXT[],
    "linked_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "record_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."quarantine" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "key" TEXT[],
    "ordinal" BIGINT NOT NULL,
    "batch_id" UUID NOT NULL,
    "run_id" TEXT,
    "message_id" UUID,
    "op" CHAR(1) NOT NULL,
    "code" TEXT NOT NULL,
    "field" TEXT,
    "detail" TEXT NOT NULL,
    "record" JSONB NOT NULL,
    "changed" TEXT NOT NULL,
    "base" TEXT,
    "actor" TEXT,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(6),

    CONSTRAINT "quarantine_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."conflict" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT[],
    "field" TEXT,
    "kind" TEXT NOT NULL,
    "crm_value" JSONB,
    "cloud_value" JSONB,
    "outcome" TEXT NOT NULL,
    "actor" TEXT,
    "run_id" TEXT,
    "message_id" UUID,
    "batch_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "conflict_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."ledger_entry" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT[],
    "op" CHAR(1) NOT NULL,
    "fields" TEXT[],
    "actor" TEXT,
    "run_id" TEXT,
    "message_id" UUID NOT NULL,
    "batch_id" UUID NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."sync_request" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "link" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "collections" TEXT[],
    "records" JSONB,
    "requested_by" TEXT,
    "reason" TEXT,
    "state" TEXT NOT NULL DEFAULT 'open',
    "claimed_by" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "claimed_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "sync_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."run" (
    "id" TEXT NOT NULL,
    "link" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "workflow_run_id" TEXT NOT NULL,
    "epoch" BIGINT,
    "message_id" UUID,
    "requested_by" TEXT,
    "state" TEXT NOT NULL DEFAULT 'running',
    "error_code" TEXT,
    "error_detail" TEXT,
    "offered" INTEGER NOT NULL DEFAULT 0,
    "applied" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "conflicted" INTEGER NOT NULL DEFAULT 0,
    "quarantined" INTEGER NOT NULL DEFAULT 0,
    "filtered" INTEGER NOT NULL DEFAULT 0,
    "windows" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."reverse_message" (
    "id" UUID NOT NULL,
    "link" TEXT NOT NULL,
    "jws" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'signed',
    "issued_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "reverse_message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."reverse_message_collection" (
    "message_id" UUID NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "fields" TEXT[],
    "operations" TEXT[],
    "after_ordinal" BIGINT NOT NULL,
    "max_rows" INTEGER NOT NULL,
    "max_windows" INTEGER NOT NULL,
    "delete_budget" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',

    CONSTRAINT "reverse_message_collection_pkey" PRIMARY KEY ("message_id","collection")
);

-- CreateTable
CREATE TABLE "tidegate"."accepted_message" (
    "message_id" UUID NOT NULL,
    "link" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "orders" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "accepted_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "accepted_by" TEXT NOT NULL DEFAULT session_user,
    "spent_at" TIMESTAMPTZ(6),

    CONSTRAINT "accepted_message_pkey" PRIMARY KEY ("message_id")
);

-- CreateTable
CREATE TABLE "tidegate"."used_id" (
    "issuer" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "digest" TEXT,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "used_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "used_id_pkey" PRIMARY KEY ("issuer","id")
);

-- CreateTable
CREATE TABLE "tidegate"."trusted_key" (
    "kid" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "jwk" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'active',
    "not_before" TIMESTAMPTZ(6) NOT NULL,
    "not_after" TIMESTAMPTZ(6) NOT NULL,
    "added_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "trusted_key_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "tidegate"."trusted_certificate" (
    "thumbprint" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "not_after" TIMESTAMPTZ(6) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'active',
    "added_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "trusted_certificate_pkey" PRIMARY KEY ("thumbprint")
);

-- CreateTable
CREATE TABLE "tidegate"."audit_event" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT,
    "event" TEXT NOT NULL,
    "code" TEXT,
    "subject" TEXT,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "store_only_key" ON "tidegate"."store"("only");

-- CreateIndex
CREATE UNIQUE INDEX "link_tenant_environment_link_key" ON "tidegate"."link"("tenant", "environment", "link");

-- CreateIndex
CREATE INDEX "window_run_id_idx" ON "tidegate"."window"("run_id");

-- CreateIndex
CREATE INDEX "window_message_id_idx" ON "tidegate"."window"("message_id");

-- CreateIndex
CREATE UNIQUE INDEX "source_schema_name_table_name_key" ON "tidegate"."source"("schema_name", "table_name");

-- CreateIndex
CREATE INDEX "change_log_source_xid_idx" ON "tidegate"."change_log"("source", "xid");

-- CreateIndex
CREATE INDEX "change_log_source_key_idx" ON "tidegate"."change_log"("source", "key");

-- CreateIndex
CREATE UNIQUE INDEX "record_link_link_collection_wire_key_key" ON "tidegate"."record_link"("link", "collection", "wire_key");

-- CreateIndex
CREATE UNIQUE INDEX "record_link_link_collection_local_key_key" ON "tidegate"."record_link"("link", "collection", "local_key");

-- CreateIndex
CREATE INDEX "quarantine_link_collection_direction_state_idx" ON "tidegate"."quarantine"("link", "collection", "direction", "state");

-- CreateIndex
CREATE INDEX "quarantine_link_collection_key_idx" ON "tidegate"."quarantine"("link", "collection", "key");

-- CreateIndex
CREATE INDEX "quarantine_message_id_idx" ON "tidegate"."quarantine"("message_id");

-- CreateIndex
CREATE INDEX "conflict_link_collection_created_at_idx" ON "tidegate"."conflict"("link", "collection", "created_at");

-- CreateIndex
CREATE INDEX "conflict_link_collection_key_idx" ON "tidegate"."conflict"("link", "collection", "key");

-- CreateIndex
CREATE INDEX "conflict_message_id_idx" ON "tidegate"."conflict"("message_id");

-- CreateIndex
CREATE INDEX "ledger_entry_collection_key_idx" ON "tidegate"."ledger_entry"("collection", "key");

-- CreateIndex
CREATE INDEX "ledger_entry_message_id_idx" ON "tidegate"."ledger_entry"("message_id");

-- CreateIndex
CREATE INDEX "sync_request_link_direction_state_idx" ON "tidegate"."sync_request"("link", "direction", "state");

-- CreateIndex
CREATE INDEX "run_link_started_at_idx" ON "tidegate"."run"("link", "started_at");

-- CreateIndex
CREATE INDEX "used_id_expires_at_idx" ON "tidegate"."used_id"("expires_at");

-- CreateIndex
CREATE INDEX "trusted_key_party_idx" ON "tidegate"."trusted_key"("party");

-- CreateIndex
CREATE INDEX "trusted_certificate_party_idx" ON "tidegate"."trusted_certificate"("party");

-- CreateIndex
CREATE INDEX "audit_event_created_at_idx" ON "tidegate"."audit_event"("created_at");

-- CreateIndex
CREATE INDEX "audit_event_link_created_at_idx" ON "tidegate"."audit_event"("link", "created_at");

-- CreateIndex
CREATE INDEX "audit_event_event_created_at_idx" ON "tidegate"."audit_event"("event", "created_at");

-- AddForeignKey
ALTER TABLE "tidegate"."channel" ADD CONSTRAINT "channel_link_fkey" FOREIGN KEY ("link") REFERENCES "tidegate"."link"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tidegate"."window" ADD CONSTRAINT "window_link_collection_direction_fkey" FOREIGN KEY ("link", "collection", "direction") REFERENCES "tidegate"."channel"("link", "collection", "direction") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tidegate"."window_chunk" ADD CONSTRAINT "window_chunk_link_collection_direction_ordinal_fkey" FOREIGN KEY ("link", "collection", "direction", "ordinal") REFERENCES "tidegate"."window"("link", "collection", "direction", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tidegate"."reverse_message_collection" ADD CONSTRAINT "reverse_message_collection_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "tidegate"."reverse_message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema has no words for.

-- The store is one row.
ALTER TABLE "tidegate"."store"
  ADD CONSTRAINT "store_only_check" CHECK ("only"),
  ADD CONSTRAINT "store_side_check" CHECK ("side" IN ('crm', 'cloud'));

-- Lists are never null: Prisma reads null as an empty list, SQL would not.
ALTER TABLE "tidegate"."source" ALTER COLUMN "key_columns" SET NOT NULL, ALTER COLUMN "columns" SET NOT NULL;
ALTER TABLE "tidegate"."record_link" ALTER COLUMN "wire_key" SET NOT NULL, ALTER COLUMN "local_key" SET NOT NULL;
ALTER TABLE "tidegate"."reverse_message_collection" ALTER COLUMN "fields" SET NOT NULL, ALTER COLUMN "operations" SET NOT NULL;

-- States and other closed lists.
ALTER TABLE "tidegate"."link"
  ADD CONSTRAINT "link_name_check" CHECK ("name" = "tenant" || '/' || "environment" || '/' || "link"),
  ADD CONSTRAINT "link_state_check" CHECK ("state" IN ('open', 'paused', 'stopped')),
  ADD CONSTRAINT "link_epoch_check" CHECK ("epoch" >= 0),
  ADD CONSTRAINT "link_generation_check" CHECK ("generation" >= 1);

ALTER TABLE "tidegate"."channel"
  ADD CONSTRAINT "channel_direction_check" CHECK ("direction" IN ('forward', 'reverse')),
  ADD CONSTRAINT "channel_state_check" CHECK ("state" IN ('new', 'loading', 'loaded', 'open', 'drifted', 'stopped')),
  ADD CONSTRAINT "channel_ordinal_check" CHECK ("ordinal" >= 0);

ALTER TABLE "tidegate"."window"
  ADD CONSTRAINT "window_kind_check" CHECK ("kind" IN ('load', 'delta', 'part')),
  ADD CONSTRAINT "window_state_check" CHECK ("state" IN ('prepared', 'sent', 'receipted', 'applied', 'void')),
  ADD CONSTRAINT "window_ordinal_check" CHECK ("ordinal" >= 1);

ALTER TABLE "tidegate"."window_chunk"
  ADD CONSTRAINT "window_chunk_chunk_check" CHECK ("chunk" >= 0);

ALTER TABLE "tidegate"."change_log"
  ADD CONSTRAINT "change_log_op_check" CHECK ("op" IN ('I', 'U', 'D', 'T', 'R')),
  ADD CONSTRAINT "change_log_old_check" CHECK ("old" IS NULL OR jsonb_typeof("old") = 'object');

ALTER TABLE "tidegate"."quarantine"
  ADD CONSTRAINT "quarantine_direction_check" CHECK ("direction" IN ('forward', 'reverse')),
  ADD CONSTRAINT "quarantine_op_check" CHECK ("op" IN ('I', 'U', 'D')),
  ADD CONSTRAINT "quarantine_state_check" CHECK ("state" IN ('waiting', 'resolved', 'superseded', 'discarded'));

ALTER TABLE "tidegate"."conflict"
  ADD CONSTRAINT "conflict_kind_check" CHECK ("kind" IN ('field', 'edit-against-delete', 'delete-against-edit', 'both-created'));

ALTER TABLE "tidegate"."ledger_entry"
  ADD CONSTRAINT "ledger_entry_op_check" CHECK ("op" IN ('I', 'U', 'D'));

ALTER TABLE "tidegate"."sync_request"
  ADD CONSTRAINT "sync_request_direction_check" CHECK ("direction" IN ('forward', 'reverse')),
  ADD CONSTRAINT "sync_request_cause_check" CHECK ("cause" IN ('period', 'user', 'records', 'change', 'repair')),
  ADD CONSTRAINT "sync_request_state_check" CHECK ("state" IN ('open', 'claimed', 'done', 'failed'));

ALTER TABLE "tidegate"."run"
  ADD CONSTRAINT "run_direction_check" CHECK ("direction" IN ('forward', 'reverse')),
  ADD CONSTRAINT "run_trigger_check" CHECK ("trigger" IN ('period', 'user', 'records', 'change', 'repair', 'start')),
  ADD CONSTRAINT "run_state_check" CHECK ("state" IN ('running', 'completed', 'failed', 'refused'));

ALTER TABLE "tidegate"."reverse_message"
  ADD CONSTRAINT "reverse_message_cause_check" CHECK ("cause" IN ('period', 'user', 'records', 'repair')),
  ADD CONSTRAINT "reverse_message_state_check" CHECK ("state" IN ('signed', 'open', 'spent', 'expired', 'refused'));

ALTER TABLE "tidegate"."reverse_message_collection"
  ADD CONSTRAINT "reverse_message_collection_state_check" CHECK ("state" IN ('open', 'spent')),
  ADD CONSTRAINT "reverse_message_collection_operations_check" CHECK ("operations" <@ ARRAY['I', 'U', 'D']);

ALTER TABLE "tidegate"."accepted_message"
  ADD CONSTRAINT "accepted_message_orders_check" CHECK (jsonb_typeof("orders") = 'array');

ALTER TABLE "tidegate"."trusted_key"
  ADD CONSTRAINT "trusted_key_state_check" CHECK ("state" IN ('active', 'revoked'));

ALTER TABLE "tidegate"."trusted_certificate"
  ADD CONSTRAINT "trusted_certificate_state_check" CHECK ("state" IN ('active', 'revoked'));

-- Rule 3: one open message a link and collection.
CREATE UNIQUE INDEX "reverse_message_collection_one_open" ON "tidegate"."reverse_message_collection" ("link", "collection") WHERE "state" = 'open';

-- What is asked often, over few rows of many.
CREATE INDEX "window_unsettled" ON "tidegate"."window" ("link", "collection", "direction") WHERE "state" IN ('prepared', 'sent');
CREATE INDEX "quarantine_waiting" ON "tidegate"."quarantine" ("link", "collection", "direction", "key") WHERE "state" = 'waiting';
CREATE INDEX "sync_request_open" ON "tidegate"."sync_request" ("link", "direction", "created_at") WHERE "state" IN ('open', 'claimed');
