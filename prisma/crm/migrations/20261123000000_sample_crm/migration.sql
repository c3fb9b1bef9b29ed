-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "crm";

-- CreateTable
CREATE TABLE "crm"."users" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL DEFAULT 'user',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "crm"."sessions" (
    "id" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "crm"."accounts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "industry" TEXT,
    "website" TEXT,
    "phone" TEXT,
    "note" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "crm"."contacts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID,
    "given_name" TEXT,
    "family_name" TEXT,
    "company" TEXT,
    "job_title" TEXT,
    "emails" JSONB NOT NULL DEFAULT '[]',
    "phones" JSONB NOT NULL DEFAULT '[]',
    "addresses" JSONB NOT NULL DEFAULT '[]',
    "birthday" DATE,
    "note" TEXT,
    "credit_limit" DECIMAL(12,2),
    "private" BOOLEAN NOT NULL DEFAULT false,
    "residue" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contacts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "crm"."appointments" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "uid" TEXT NOT NULL,
    "series_id" UUID,
    "recurrence_id" TEXT,
    "summary" TEXT NOT NULL,
    "description" TEXT,
    "location" TEXT,
    "all_day" BOOLEAN NOT NULL DEFAULT false,
    "start_date" DATE,
    "end_date" DATE,
    "starts_at" TIMESTAMP(6),
    "ends_at" TIMESTAMP(6),
    "time_zone" TEXT,
    "recurrence" TEXT,
    "exceptions" JSONB NOT NULL DEFAULT '[]',
    "status" TEXT NOT NULL DEFAULT 'confirmed',
    "attendees" JSONB NOT NULL DEFAULT '[]',
    "private" BOOLEAN NOT NULL DEFAULT false,
    "residue" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "appointments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "crm"."tasks" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "subject" TEXT NOT NULL,
    "description" TEXT,
    "due_date" DATE,
    "due_time" TIME(0),
    "time_zone" TEXT,
    "status" TEXT NOT NULL DEFAULT 'open',
    "priority" INTEGER NOT NULL DEFAULT 0,
    "completed_at" TIMESTAMPTZ(6),
    "contact_id" UUID,
    "private" BOOLEAN NOT NULL DEFAULT false,
    "residue" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "crm"."users"("email");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "crm"."sessions"("user_id");

-- CreateIndex
CREATE INDEX "contacts_family_name_given_name_idx" ON "crm"."contacts"("family_name", "given_name");

-- CreateIndex
CREATE INDEX "contacts_account_id_idx" ON "crm"."contacts"("account_id");

-- CreateIndex
CREATE INDEX "appointments_starts_at_idx" ON "crm"."appointments"("starts_at");

-- CreateIndex
CREATE INDEX "appointments_start_date_idx" ON "crm"."appointments"("start_date");

-- CreateIndex
CREATE INDEX "appointments_series_id_idx" ON "crm"."appointments"("series_id");

-- CreateIndex
CREATE INDEX "tasks_due_date_idx" ON "crm"."tasks"("due_date");

-- CreateIndex
CREATE INDEX "tasks_contact_id_idx" ON "crm"."tasks"("contact_id");

-- AddForeignKey
ALTER TABLE "crm"."sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "crm"."users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "crm"."contacts" ADD CONSTRAINT "contacts_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "crm"."accounts"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "crm"."appointments" ADD CONSTRAINT "appointments_series_id_fkey" FOREIGN KEY ("series_id") REFERENCES "crm"."appointments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "crm"."tasks" ADD CONSTRAINT "tasks_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "crm"."contacts"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- What Prisma's schema has no words for.

ALTER TABLE "crm"."users"
  ADD CONSTRAINT "users_role_check" CHECK ("role" IN ('user', 'integration-admin', 'auditor'));

ALTER TABLE "crm"."contacts"
  ADD CONSTRAINT "contacts_multi_values_check" CHECK (jsonb_typeof("emails") = 'array' AND jsonb_typeof("phones") = 'array' AND jsonb_typeof("addresses") = 'array'),
  ADD CONSTRAINT "contacts_residue_check" CHECK (jsonb_typeof("residue") = 'object');

ALTER TABLE "crm"."appointments"
  ADD CONSTRAINT "appointments_status_check" CHECK ("status" IN ('confirmed', 'tentative', 'cancelled')),
  -- All-day appointments have dates and nothing else, the end exclusive; others have wall times.
  ADD CONSTRAINT "appointments_all_day_check" CHECK (
    CASE WHEN "all_day"
      THEN "start_date" IS NOT NULL AND "starts_at" IS NULL AND "ends_at" IS NULL AND "time_zone" IS NULL
      ELSE "starts_at" IS NOT NULL AND "start_date" IS NULL AND "end_date" IS NULL
    END
  ),
  ADD CONSTRAINT "appointments_order_check" CHECK (("end_date" IS NULL OR "end_date" > "start_date") AND ("ends_at" IS NULL OR "ends_at" >= "starts_at")),
  -- An override names the occurrence that it stands for, and does not recur itself.
  ADD CONSTRAINT "appointments_override_check" CHECK (("series_id" IS NULL OR "recurrence_id" IS NOT NULL) AND ("recurrence_id" IS NULL OR "recurrence" IS NULL)),
  ADD CONSTRAINT "appointments_multi_values_check" CHECK (jsonb_typeof("exceptions") = 'array' AND jsonb_typeof("attendees") = 'array'),
  ADD CONSTRAINT "appointments_residue_check" CHECK (jsonb_typeof("residue") = 'object');

ALTER TABLE "crm"."tasks"
  ADD CONSTRAINT "tasks_status_check" CHECK ("status" IN ('open', 'in_progress', 'done', 'cancelled')),
  ADD CONSTRAINT "tasks_priority_check" CHECK ("priority" BETWEEN 0 AND 9),
  ADD CONSTRAINT "tasks_due_check" CHECK (("due_time" IS NULL OR "due_date" IS NOT NULL) AND ("time_zone" IS NULL OR "due_time" IS NOT NULL)),
  ADD CONSTRAINT "tasks_residue_check" CHECK (jsonb_typeof("residue") = 'object');

-- The page's optimistic lock: every real change raises the version, whoever makes it (also the reverse injector), and
-- nobody sets it. Rows are compared as they are stored, so that 1.0 -> 1.00 is a change and a rewrite of the same is none.
CREATE FUNCTION "crm"."raise_version"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.version := OLD.version;
  NEW.updated_at := OLD.updated_at;
  IF NEW *<> OLD THEN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END;
$$;

CREATE TRIGGER "raise_version" BEFORE UPDATE ON "crm"."accounts" FOR EACH ROW EXECUTE FUNCTION "crm"."raise_version"();
CREATE TRIGGER "raise_version" BEFORE UPDATE ON "crm"."contacts" FOR EACH ROW EXECUTE FUNCTION "crm"."raise_version"();
CREATE TRIGGER "raise_version" BEFORE UPDATE ON "crm"."appointments" FOR EACH ROW EXECUTE FUNCTION "crm"."raise_version"();
CREATE TRIGGER "raise_version" BEFORE UPDATE ON "crm"."tasks" FOR EACH ROW EXECUTE FUNCTION "crm"."raise_version"();

-- The row rule: private records neither leave nor change through the reverse injector, which does not even see them.
-- Everybody else is ruled by grants alone. The rule holds by the role's name, because the role may come later than this.
ALTER TABLE "crm"."contacts" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "crm"."appointments" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "crm"."tasks" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY "granted" ON "crm"."contacts" USING (true);
CREATE POLICY "granted" ON "crm"."appointments" USING (true);
CREATE POLICY "granted" ON "crm"."tasks" USING (true);

CREATE POLICY "private_stays" ON "crm"."contacts" AS RESTRICTIVE USING (current_user <> 'tidegate_reverse' OR NOT "private");
CREATE POLICY "private_stays" ON "crm"."appointments" AS RESTRICTIVE USING (current_user <> 'tidegate_reverse' OR NOT "private");
CREATE POLICY "private_stays" ON "crm"."tasks" AS RESTRICTIVE USING (current_user <> 'tidegate_reverse' OR NOT "private");
