-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."ledger_batch"
  DROP CONSTRAINT "ledger_batch_kind_check",
  ADD CONSTRAINT "ledger_batch_kind_check" CHECK ("kind" IN ('records', 'window', 'chunk', 'release', 'act', 'key', 'destroyed', 'archived'));

CREATE INDEX "ledger_batch_archived" ON "tidegate"."ledger_batch" ("sequence") WHERE "kind" = 'archived';

-- Takes the entries of all batches up to a signed head away, once they are in a file whose SHA-256 is given. The batches stay: each covers
-- its entries by their digest, so the chain still holds from its beginning to its end, and the file can be proved against it. Values must
-- have been destroyed before. The act is an entry of the chain. Only the owner of these tables can call it. Answers the number of entries.
CREATE FUNCTION tidegate.archive_ledger_entries("up_to" bigint, "file_digest" text, "by" text, "reason" text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_head text;
  v_count bigint;
BEGIN
  SELECT encode(h.head, 'hex') INTO v_head FROM tidegate.ledger_head h JOIN tidegate.ledger_batch b USING (sequence, head) WHERE h.sequence = up_to;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'tidegate: the head of this batch is not signed';
  END IF;
  IF EXISTS (SELECT FROM tidegate.ledger_batch b JOIN tidegate.ledger_entry e USING (batch_id) WHERE b.sequence <= up_to AND e.salt IS NOT NULL) THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'tidegate: values of these entries are kept';
  END IF;
  DELETE FROM tidegate.ledger_entry e USING tidegate.ledger_batch b WHERE b.batch_id = e.batch_id AND b.sequence <= up_to;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  INSERT INTO tidegate.ledger_batch (kind, facts)
  VALUES ('archived', jsonb_build_object('by', "by", 'reason', reason, 'role', session_user::text, 'count', v_count, 'upTo', up_to, 'head', v_head, 'file', file_digest));
  RETURN v_count;
END
$$;

REVOKE ALL ON FUNCTION tidegate.archive_ledger_entries(bigint, text, text, text) FROM PUBLIC;
