-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "cloud";

-- CreateTable
CREATE TABLE "cloud"."employees" (
    "tenant" TEXT NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "employees_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateTable
CREATE TABLE "cloud"."people" (
    "tenant" TEXT NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "first_name" TEXT,
    "last_name" TEXT,
    "organisation" TEXT,
    "title" TEXT,
    "emails" JSONB NOT NULL DEFAULT '[]',
    "phones" JSONB NOT NULL DEFAULT '[]',
    "addresses" JSONB NOT NULL DEFAULT '[]',
    "birthday" DATE,
    "notes" TEXT,
    "modified_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "people_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateTable
CREATE TABLE "cloud"."events" (
    "tenant" TEXT NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "uid" TEXT NOT NULL,
    "series_id" UUID,
    "recurrence_id" TEXT,
    "title" TEXT NOT NULL,
    "body" TEXT,
    "place" TEXT,
    "all_day" BOOLEAN NOT NULL DEFAULT false,
    "first_day" DATE,
    "end_day" DATE,
    "starts_at" TIMESTAMP(6),
    "ends_at" TIMESTAMP(6),
    "time_zone" TEXT,
    "rrule" TEXT,
    "exdates" JSONB NOT NULL DEFAULT '[]',
    "status" TEXT NOT NULL DEFAULT 'CONFIRMED',
    "attendees" JSONB NOT NULL DEFAULT '[]',
    "modified_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "events_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateTable
CREATE TABLE "cloud"."todos" (
    "tenant" TEXT NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "title" TEXT NOT NULL,
    "body" TEXT,
    "due_day" DATE,
    "due_time" TIME(0),
    "time_zone" TEXT,
    "status" TEXT NOT NULL DEFAULT 'NEEDS-ACTION',
    "priority" INTEGER NOT NULL DEFAULT 0,
    "completed_at" TIMESTAMPTZ(6),
    "person_id" UUID,
    "modified_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "todos_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "employees_tenant_email_key" ON "cloud"."employees"("tenant", "email");

-- CreateIndex
CREATE INDEX "todos_tenant_person_id_idx" ON "cloud"."todos"("tenant", "person_id");

-- AddForeignKey
ALTER TABLE "cloud"."todos" ADD CONSTRAINT "todos_tenant_person_id_fkey" FOREIGN KEY ("tenant", "person_id") REFERENCES "cloud"."people"("tenant", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema has no words for.

ALTER TABLE "cloud"."people"
  ADD CONSTRAINT "people_multi_values_check" CHECK (jsonb_typeof("emails") = 'array' AND jsonb_typeof("phones") = 'array' AND jsonb_typeof("addresses") = 'array');

ALTER TABLE "cloud"."events"
  ADD CONSTRAINT "events_status_check" CHECK ("status" IN ('CONFIRMED', 'TENTATIVE', 'CANCELLED')),
  ADD CONSTRAINT "events_multi_values_check" CHECK (jsonb_typeof("exdates") = 'array' AND jsonb_typeof("attendees") = 'array');

ALTER TABLE "cloud"."todos"
  ADD CONSTRAINT "todos_status_check" CHECK ("status" IN ('NEEDS-ACTION', 'IN-PROCESS', 'COMPLETED', 'CANCELLED')),
  ADD CONSTRAINT "todos_priority_check" CHECK ("priority" BETWEEN 0 AND 9);

-- The cloud's own record of when a row really changed. Rows are compared as they are stored.
CREATE FUNCTION "cloud"."touch"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.modified_at := OLD.modified_at;
  IF NEW *<> OLD THEN
    NEW.modified_at := now();
  END IF;
  RETURN NEW;
END;
$$;

CREATE TRIGGER "touch" BEFORE UPDATE ON "cloud"."people" FOR EACH ROW EXECUTE FUNCTION "cloud"."touch"();
CREATE TRIGGER "touch" BEFORE UPDATE ON "cloud"."events" FOR EACH ROW EXECUTE FUNCTION "cloud"."touch"();
CREATE TRIGGER "touch" BEFORE UPDATE ON "cloud"."todos" FOR EACH ROW EXECUTE FUNCTION "cloud"."touch"();

-- The row rule: a session sees and writes rows of the tenant that it names, and without a name none at all.
-- FORCE holds the owner too; a policy of its own keeps the owner's migrations going.
ALTER TABLE "cloud"."employees" ADD CONSTRAINT "employees_tenant_check" CHECK ("tenant" <> '');
ALTER TABLE "cloud"."people" ADD CONSTRAINT "people_tenant_check" CHECK ("tenant" <> '');
ALTER TABLE "cloud"."events" ADD CONSTRAINT "events_tenant_check" CHECK ("tenant" <> '');
ALTER TABLE "cloud"."todos" ADD CONSTRAINT "todos_tenant_check" CHECK ("tenant" <> '');

ALTER TABLE "cloud"."employees" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "cloud"."people" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "cloud"."events" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "cloud"."todos" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "cloud"."employees" USING ("tenant" = current_setting('tidegate.tenant', true));
CREATE POLICY "tenant" ON "cloud"."people" USING ("tenant" = current_setting('tidegate.tenant', true));
CREATE POLICY "tenant" ON "cloud"."events" USING ("tenant" = current_setting('tidegate.tenant', true));
CREATE POLICY "tenant" ON "cloud"."todos" USING ("tenant" = current_setting('tidegate.tenant', true));

CREATE POLICY "owner" ON "cloud"."employees" TO CURRENT_USER USING (true);
CREATE POLICY "owner" ON "cloud"."people" TO CURRENT_USER USING (true);
CREATE POLICY "owner" ON "cloud"."events" TO CURRENT_USER USING (true);
CREATE POLICY "owner" ON "cloud"."todos" TO CURRENT_USER USING (true);
