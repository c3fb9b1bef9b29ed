-- AlterTable
ALTER TABLE "cloud"."employees" ADD COLUMN     "disabled_at" TIMESTAMPTZ(6),
ADD COLUMN     "role" TEXT NOT NULL DEFAULT 'editor';

-- CreateTable
CREATE TABLE "cloud"."credentials" (
    "tenant" TEXT NOT NULL,
    "employee_id" UUID NOT NULL,
    "password_hash" TEXT,
    "issuer" TEXT,
    "subject" TEXT,

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("tenant","employee_id")
);

-- CreateTable
CREATE TABLE "cloud"."sessions" (
    "id" TEXT NOT NULL,
    "tenant" TEXT NOT NULL,
    "employee_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "credentials_issuer_subject_key" ON "cloud"."credentials"("issuer", "subject");

-- CreateIndex
CREATE INDEX "sessions_tenant_employee_id_idx" ON "cloud"."sessions"("tenant", "employee_id");

-- AddForeignKey
ALTER TABLE "cloud"."credentials" ADD CONSTRAINT "credentials_tenant_employee_id_fkey" FOREIGN KEY ("tenant", "employee_id") REFERENCES "cloud"."employees"("tenant", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cloud"."sessions" ADD CONSTRAINT "sessions_tenant_employee_id_fkey" FOREIGN KEY ("tenant", "employee_id") REFERENCES "cloud"."employees"("tenant", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema has no words for.

ALTER TABLE "cloud"."employees" ADD CONSTRAINT "employees_role_check" CHECK ("role" IN ('editor', 'reader'));
ALTER TABLE "cloud"."credentials" ADD CONSTRAINT "credentials_identity_check" CHECK (("issuer" IS NULL) = ("subject" IS NULL));
CREATE INDEX "employees_email_lower_idx" ON "cloud"."employees" (lower("email"));

-- The row rule. Who signs employees in does not know the tenant yet: that role's policy is written where it is provisioned.
ALTER TABLE "cloud"."credentials" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "cloud"."sessions" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "cloud"."credentials" USING ("tenant" = current_setting('tidegate.tenant', true));
CREATE POLICY "tenant" ON "cloud"."sessions" USING ("tenant" = current_setting('tidegate.tenant', true));

CREATE POLICY "owner" ON "cloud"."credentials" TO CURRENT_USER USING (true);
CREATE POLICY "owner" ON "cloud"."sessions" TO CURRENT_USER USING (true);
