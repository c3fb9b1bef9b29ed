-- DropIndex
DROP INDEX "crm"."contacts_family_name_given_name_idx";

-- CreateIndex
CREATE INDEX "contacts_updated_at_id_idx" ON "crm"."contacts"("updated_at", "id");

-- CreateTable
CREATE TABLE "crm"."deselected_collections" (
    "user_id" UUID NOT NULL,
    "collection" TEXT NOT NULL,

    CONSTRAINT "deselected_collections_pkey" PRIMARY KEY ("user_id","collection")
);

-- AddForeignKey
ALTER TABLE "crm"."deselected_collections" ADD CONSTRAINT "deselected_collections_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "crm"."users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema has no words for.

-- A trusted extension: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS "pg_trgm";

-- By what contacts are sorted: their name as lists show it. Cut, because a B-tree takes no long texts.
CREATE FUNCTION "crm"."contact_name"("given_name" text, "family_name" text, "company" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(lower(coalesce("family_name" || coalesce(', ' || "given_name", ''), "given_name", "company", '')), 200);

-- What is searched: in small letters, a blank before every value, so that beginnings of words can be found.
CREATE FUNCTION "crm"."contact_search"("given_name" text, "family_name" text, "company" text, "job_title" text, "emails" jsonb, "phones" jsonb)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(
  ' ' || coalesce("given_name", '') || ' ' || coalesce("family_name", '') || ' ' || coalesce("company", '') || ' ' || coalesce("job_title", '') || ' ' ||
  translate(jsonb_path_query_array("emails", '$[*].value')::text || jsonb_path_query_array("phones", '$[*].value')::text, '"[],', '    '));

CREATE FUNCTION "crm"."text_search"("one" text, "two" text, "three" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(' ' || coalesce("one", '') || ' ' || coalesce("two", '') || ' ' || coalesce("three", ''));

CREATE INDEX "contacts_by_name" ON "crm"."contacts" ((crm.contact_name("given_name", "family_name", "company")), "id");
CREATE INDEX "accounts_by_name" ON "crm"."accounts" ((left(lower("name"), 200)), "id");

-- The extension may stand in any schema already.
DO $$
DECLARE
  operators text := (SELECT quote_ident(n.nspname) || '.gin_trgm_ops' FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm');
BEGIN
  EXECUTE format('CREATE INDEX contacts_search ON crm.contacts USING gin (crm.contact_search(given_name, family_name, company, job_title, emails, phones) %s)', operators);
  EXECUTE format('CREATE INDEX accounts_search ON crm.accounts USING gin (crm.text_search(name, industry, website) %s)', operators);
  EXECUTE format('CREATE INDEX appointments_search ON crm.appointments USING gin (crm.text_search(summary, location, description) %s)', operators);
  EXECUTE format('CREATE INDEX tasks_search ON crm.tasks USING gin (crm.text_search(subject, description, NULL) %s)', operators);
END;
$$;
