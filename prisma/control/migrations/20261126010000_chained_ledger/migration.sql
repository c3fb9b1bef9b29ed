-- AlterTable
ALTER TABLE "tidegate"."ledger_entry" ADD COLUMN     "after_hash" BYTEA,
ADD COLUMN     "before_hash" BYTEA,
ADD COLUMN     "salt" BYTEA;

-- DropIndex: batches are found by their message, entries by their batch.
DROP INDEX "tidegate"."ledger_entry_message_id_idx";

-- CreateTable
CREATE TABLE "tidegate"."ledger_batch" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'records',
    "link" TEXT,
    "collection" TEXT,
    "run_id" TEXT,
    "message_id" UUID,
    "batch_id" UUID,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sequence" BIGINT,
    "entries" INTEGER,
    "digest" BYTEA,
    "content" BYTEA,
    "head" BYTEA,
    "sealed_at" TIMESTAMPTZ(6),

    CONSTRAINT "ledger_batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tidegate"."ledger_head" (
    "sequence" BIGINT NOT NULL,
    "head" BYTEA NOT NULL,
    "kid" TEXT NOT NULL,
    "jws" TEXT NOT NULL,
    "signed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_head_pkey" PRIMARY KEY ("sequence")
);

-- CreateIndex
CREATE UNIQUE INDEX "ledger_batch_batch_id_key" ON "tidegate"."ledger_batch"("batch_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_batch_sequence_key" ON "tidegate"."ledger_batch"("sequence");

-- CreateIndex
CREATE INDEX "ledger_batch_run_id_idx" ON "tidegate"."ledger_batch"("run_id");

-- CreateIndex
CREATE INDEX "ledger_batch_message_id_idx" ON "tidegate"."ledger_batch"("message_id");

-- CreateIndex
CREATE INDEX "ledger_entry_batch_id_idx" ON "tidegate"."ledger_entry"("batch_id");

-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."ledger_batch"
  ADD CONSTRAINT "ledger_batch_kind_check" CHECK ("kind" IN ('records', 'window', 'chunk', 'release', 'act', 'key', 'destroyed')),
  ADD CONSTRAINT "ledger_batch_facts_check" CHECK (jsonb_typeof("facts") = 'object');

-- What is asked for one record, over few rows of many.
CREATE INDEX "ledger_batch_rare" ON "tidegate"."ledger_batch" ("kind", "sequence") WHERE "kind" IN ('destroyed', 'key');
CREATE INDEX "window_loads" ON "tidegate"."window" ("link", "collection", "direction") WHERE "kind" = 'load';
CREATE INDEX "sync_request_records" ON "tidegate"."sync_request" USING gin ("records" jsonb_path_ops) WHERE "records" IS NOT NULL;

-- No value without the hash that the chain covers. Entries of before stay as they are.
ALTER TABLE "tidegate"."ledger_entry"
  ADD CONSTRAINT "ledger_entry_before_check" CHECK ("before" IS NULL OR ("before_hash" IS NOT NULL AND "salt" IS NOT NULL)) NOT VALID,
  ADD CONSTRAINT "ledger_entry_after_check" CHECK ("after" IS NULL OR ("after_hash" IS NOT NULL AND "salt" IS NOT NULL)) NOT VALID;

-- SHA-256 of a text, in hex.
CREATE FUNCTION tidegate.ledger_text_hash("value" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(convert_to("value", 'UTF8')), 'hex');

-- Hash of the values before or after, with the entry's salt: nobody can guess a value from it once the salt is gone.
CREATE FUNCTION tidegate.ledger_value_hash("salt" bytea, "value" jsonb) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256("salt" || convert_to("value"::text, 'UTF8'));

-- What the chain covers of an entry: a JSON array, the same whatever a session has set. What an entry has in common with its batch
-- (link, collection, run, message, time) is covered there, and compared when the ledger is verified.
CREATE FUNCTION tidegate.ledger_entry_text("e" tidegate.ledger_entry) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_array(("e")."id", ("e")."key", ("e")."op", ("e")."fields", ("e")."actor", encode(("e")."before_hash", 'hex'), encode(("e")."after_hash", 'hex'))::text;

-- What the chain covers of a batch: a JSON array with the number and the digest of its entries.
CREATE FUNCTION tidegate.ledger_batch_text("b" tidegate.ledger_batch) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_array(("b")."kind", ("b")."link", ("b")."collection", ("b")."run_id", ("b")."message_id", ("b")."batch_id", ("b")."facts",
  ("b")."created_at" AT TIME ZONE 'UTC', ("b")."sealed_at" AT TIME ZONE 'UTC', ("b")."entries", encode(("b")."digest", 'hex'))::text;

-- What the chain begins with: it belongs to this store.
CREATE FUNCTION tidegate.ledger_genesis() RETURNS bytea LANGUAGE sql STABLE
RETURN (SELECT sha256(convert_to('tidegate ledger ' || "id"::text, 'UTF8')) FROM tidegate.store);

-- A head: over the one before, the number and the batch.
CREATE FUNCTION tidegate.ledger_next_head("previous" bytea, "sequence" bigint, "content" bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256("previous" || int8send("sequence") || "content");

-- Facts of a window that was closed: what went out or came in, the counts, and the hashes of what both sides signed.
CREATE FUNCTION tidegate.ledger_window_facts("w" tidegate."window") RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object('direction', ("w")."direction", 'ordinal', ("w")."ordinal", 'generation', ("w")."generation", 'kind', ("w")."kind",
  'state', ("w")."state", 'from', ("w")."from_snapshot"::text, 'to', ("w")."to_snapshot"::text, 'digest', ("w")."digest",
  'offered', ("w")."offered", 'applied', ("w")."applied", 'unchanged', ("w")."unchanged", 'conflicted', ("w")."conflicted",
  'quarantined', ("w")."quarantined", 'filtered', ("w")."filtered", 'tombstones', ("w")."tombstones",
  'manifest', tidegate.ledger_text_hash(("w")."manifest"), 'receipt', tidegate.ledger_text_hash(("w")."receipt"));

-- Facts of a chunk of a load.
CREATE FUNCTION tidegate.ledger_chunk_facts("c" tidegate.window_chunk) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object('direction', ("c")."direction", 'ordinal', ("c")."ordinal", 'chunk', ("c")."chunk", 'digest', ("c")."digest",
  'offered', ("c")."offered", 'applied', ("c")."applied", 'unchanged', ("c")."unchanged", 'conflicted', ("c")."conflicted",
  'quarantined', ("c")."quarantined", 'filtered', ("c")."filtered", 'receipt', tidegate.ledger_text_hash(("c")."receipt"));

-- Facts of an act or another event of the audit log.
CREATE FUNCTION tidegate.ledger_act_facts("a" tidegate.audit_event) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object('id', ("a")."id", 'event', ("a")."event", 'code', ("a")."code", 'subject', ("a")."subject", 'facts', ("a")."facts");

-- Notes what the chain has to cover: windows, chunks, releases, acts and keys, in the transaction that writes them. At the CRM alone.
CREATE FUNCTION tidegate.note_in_ledger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- What others hang it on is not the ledger's.
  IF TG_TABLE_SCHEMA <> 'tidegate' OR NOT EXISTS (SELECT FROM tidegate.store WHERE side = 'crm') THEN RETURN NULL; END IF;
  CASE TG_TABLE_NAME
    WHEN 'window' THEN
      INSERT INTO tidegate.ledger_batch AS b (kind, link, collection, run_id, message_id, batch_id, facts)
      VALUES ('window', NEW.link, NEW.collection, NEW.run_id, NEW.message_id, NEW.batch_id, tidegate.ledger_window_facts(NEW))
      ON CONFLICT (batch_id) DO UPDATE SET kind = excluded.kind, facts = excluded.facts WHERE b.sequence IS NULL;
    WHEN 'window_chunk' THEN
      INSERT INTO tidegate.ledger_batch (kind, link, collection, batch_id, facts)
      VALUES ('chunk', NEW.link, NEW.collection, NEW.batch_id, tidegate.ledger_chunk_facts(NEW)) ON CONFLICT (batch_id) DO NOTHING;
    WHEN 'release_use' THEN
      INSERT INTO tidegate.ledger_batch (kind, link, run_id, message_id, facts)
      SELECT 'release', r.link, r.run_id, r.id, jsonb_build_object('act', r.act, 'subject', r.subject, 'by', r.requested_by, 'digest', r.digest)
        FROM tidegate.release r WHERE r.id = NEW.release_id;
    WHEN 'audit_event' THEN
      INSERT INTO tidegate.ledger_batch (kind, link, facts) VALUES ('act', NEW.link, tidegate.ledger_act_facts(NEW) || jsonb_build_object('role', session_user::text));
    ELSE
      INSERT INTO tidegate.ledger_batch (kind, facts)
      VALUES ('key', jsonb_build_object('table', TG_TABLE_NAME, 'operation', TG_OP, 'role', session_user::text,
                                        'row', CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END));
  END CASE;
  RETURN NULL;
END
$$;

CREATE TRIGGER in_ledger AFTER INSERT OR UPDATE OF "state", "receipt" ON "tidegate"."window"
  FOR EACH ROW WHEN (NEW.state IN ('receipted', 'applied', 'void')) EXECUTE FUNCTION tidegate.note_in_ledger();
CREATE TRIGGER in_ledger AFTER INSERT OR UPDATE OF "batch_id", "receipt" ON "tidegate"."window_chunk" FOR EACH ROW EXECUTE FUNCTION tidegate.note_in_ledger();
CREATE TRIGGER in_ledger AFTER INSERT ON "tidegate"."release_use" FOR EACH ROW EXECUTE FUNCTION tidegate.note_in_ledger();
CREATE TRIGGER in_ledger AFTER INSERT ON "tidegate"."audit_event" FOR EACH ROW EXECUTE FUNCTION tidegate.note_in_ledger();
CREATE TRIGGER in_ledger AFTER INSERT OR DELETE ON "tidegate"."trusted_key" FOR EACH ROW EXECUTE FUNCTION tidegate.note_in_ledger();
CREATE TRIGGER change_in_ledger AFTER UPDATE ON "tidegate"."trusted_key"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tidegate.note_in_ledger();
CREATE TRIGGER in_ledger AFTER INSERT OR DELETE ON "tidegate"."trusted_certificate" FOR EACH ROW EXECUTE FUNCTION tidegate.note_in_ledger();
CREATE TRIGGER change_in_ledger AFTER UPDATE ON "tidegate"."trusted_certificate"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tidegate.note_in_ledger();

-- Number and digest of a batch's entries, in order.
CREATE FUNCTION tidegate.ledger_entries_of("batch" uuid, OUT "entries" integer, OUT "digest" bytea) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT count(*)::int, sha256(coalesce(string_agg(sha256(convert_to(tidegate.ledger_entry_text(e), 'UTF8')), ''::bytea ORDER BY e.id), ''::bytea))
    FROM tidegate.ledger_entry e WHERE e.batch_id = "batch"
$$;

-- Adds a batch to the chain. It is the last thing that a transaction does, at its commit: the lock that gives the chain its order is
-- held while nothing else has to be waited for, so it can neither deadlock nor keep parallel collections apart for long.
CREATE FUNCTION tidegate.seal_ledger_batch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  b tidegate.ledger_batch;
  v_sequence bigint;
  v_head bytea;
BEGIN
  SELECT * INTO b FROM tidegate.ledger_batch WHERE id = NEW.id AND sequence IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT * INTO b.entries, b.digest FROM tidegate.ledger_entries_of(b.batch_id);
  IF b.message_id IS NOT NULL THEN
    b.facts := b.facts || coalesce((SELECT jsonb_build_object('order', m.kind, 'orderDigest', m.digest) FROM tidegate.accepted_message m WHERE m.message_id = b.message_id), '{}');
  END IF;
  PERFORM pg_advisory_xact_lock(8390876081);
  SELECT sequence, head INTO v_sequence, v_head FROM tidegate.ledger_batch WHERE sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1;
  b.sequence := coalesce(v_sequence, 0) + 1;
  b.sealed_at := clock_timestamp();
  b.content := sha256(convert_to(tidegate.ledger_batch_text(b), 'UTF8'));
  b.head := tidegate.ledger_next_head(coalesce(v_head, tidegate.ledger_genesis()), b.sequence, b.content);
  UPDATE tidegate.ledger_batch SET facts = b.facts, sequence = b.sequence, entries = b.entries, digest = b.digest, content = b.content, head = b.head,
         sealed_at = b.sealed_at WHERE id = b.id;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER ledger_batch_sealed AFTER INSERT ON "tidegate"."ledger_batch" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tidegate.seal_ledger_batch();

-- Destroys the values and salts of entries for good: what is left of them proves nothing about a value, and the chain still holds. The
-- only change that an entry can undergo; it is an entry of the chain itself. Answers how many entries had values.
CREATE FUNCTION tidegate.destroy_ledger_values("entry_ids" bigint[], "by" text, "reason" text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_entries int8multirange;
  v_count bigint;
BEGIN
  WITH destroyed AS (
    UPDATE tidegate.ledger_entry SET "before" = NULL, "after" = NULL, salt = NULL WHERE id = ANY (entry_ids) AND salt IS NOT NULL RETURNING id)
  SELECT range_agg(int8range(id, id + 1)), count(*) INTO v_entries, v_count FROM destroyed;
  IF v_count > 0 THEN
    INSERT INTO tidegate.ledger_batch (kind, facts)
    VALUES ('destroyed', jsonb_build_object('by', "by", 'reason', reason, 'role', session_user::text, 'count', v_count, 'entries', v_entries::text));
  END IF;
  RETURN v_count;
END
$$;

-- Who may execute a trigger's function could hang it on a table of his own, and write into the chain with the owner's rights.
REVOKE ALL ON FUNCTION tidegate.note_in_ledger(), tidegate.seal_ledger_batch(), tidegate.destroy_ledger_values(bigint[], text, text) FROM PUBLIC;
