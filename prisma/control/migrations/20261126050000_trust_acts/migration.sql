-- AlterTable
ALTER TABLE "tidegate"."trusted_certificate" ADD COLUMN     "added_by" TEXT,
ADD COLUMN     "added_reason" TEXT,
ADD COLUMN     "revoked_by" TEXT,
ADD COLUMN     "revoked_reason" TEXT;

-- AlterTable
ALTER TABLE "tidegate"."trusted_key" ADD COLUMN     "added_by" TEXT,
ADD COLUMN     "added_reason" TEXT,
ADD COLUMN     "revoked_by" TEXT,
ADD COLUMN     "revoked_reason" TEXT;

-- What Prisma's schema has no words for.

-- Who and why come from the transaction's settings tidegate.actor and tidegate.reason; else the role that signed in is named.
-- A revocation is for good, and what was registered never becomes another key, certificate or party, whoever writes.
CREATE FUNCTION "tidegate"."guard_trust"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_actor text := coalesce(nullif(current_setting('tidegate.actor', true), ''), session_user);
  v_reason text := nullif(current_setting('tidegate.reason', true), '');
  v_fixed text[] := ARRAY['kid', 'thumbprint', 'party', 'jwk', 'added_at', 'added_by', 'added_reason'];
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.added_at := now();
    NEW.added_by := v_actor;
    NEW.added_reason := v_reason;
  ELSE
    IF OLD.state = 'revoked' THEN
      RAISE EXCEPTION 'a revocation is for good' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(to_jsonb(NEW)) e WHERE e.key = ANY (v_fixed))
       IS DISTINCT FROM (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(to_jsonb(OLD)) e WHERE e.key = ANY (v_fixed)) THEN
      RAISE EXCEPTION 'what was registered stays what it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF NEW.state = 'revoked' THEN
    NEW.revoked_at := now();
    NEW.revoked_by := v_actor;
    NEW.revoked_reason := v_reason;
  END IF;
  RETURN NEW;
END $$;

-- Every act is in the audit log, also one that nobody told Tidegate of.
CREATE FUNCTION "tidegate"."audit_trust"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
  v_act text := CASE
    WHEN TG_OP = 'INSERT' THEN 'added'
    WHEN TG_OP = 'DELETE' THEN 'deleted'
    WHEN NEW.state IS DISTINCT FROM OLD.state THEN NEW.state
    ELSE 'changed' END;
  v_party text := v_row ->> 'party';
BEGIN
  INSERT INTO tidegate.audit_event (link, event, subject, facts)
  VALUES (
    CASE WHEN v_party ~ '^(crm|cloud):[^/]+/[^/]+/[^/]+$' THEN split_part(v_party, ':', 2) END,
    CASE TG_TABLE_NAME WHEN 'trusted_key' THEN 'key-' ELSE 'certificate-' END || v_act,
    coalesce(v_row ->> 'kid', v_row ->> 'thumbprint'),
    jsonb_build_object(
      'party', v_party,
      'by', coalesce(nullif(current_setting('tidegate.actor', true), ''), session_user),
      'role', session_user,
      'reason', nullif(current_setting('tidegate.reason', true), ''),
      'notBefore', v_row -> 'not_before',
      'notAfter', v_row -> 'not_after'));
  RETURN NULL;
END $$;

CREATE TRIGGER "guard_trust" BEFORE INSERT OR UPDATE ON "tidegate"."trusted_key" FOR EACH ROW EXECUTE FUNCTION "tidegate"."guard_trust"();
CREATE TRIGGER "guard_trust" BEFORE INSERT OR UPDATE ON "tidegate"."trusted_certificate" FOR EACH ROW EXECUTE FUNCTION "tidegate"."guard_trust"();
CREATE TRIGGER "audit_trust" AFTER INSERT OR DELETE ON "tidegate"."trusted_key" FOR EACH ROW EXECUTE FUNCTION "tidegate"."audit_trust"();
CREATE TRIGGER "audit_trust" AFTER INSERT OR DELETE ON "tidegate"."trusted_certificate" FOR EACH ROW EXECUTE FUNCTION "tidegate"."audit_trust"();
CREATE TRIGGER "audit_trust_change" AFTER UPDATE ON "tidegate"."trusted_key" FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "tidegate"."audit_trust"();
CREATE TRIGGER "audit_trust_change" AFTER UPDATE ON "tidegate"."trusted_certificate" FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "tidegate"."audit_trust"();
