-- CreateTable
CREATE TABLE "cloud"."employee_acts" (
    "tenant" TEXT NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "act" TEXT NOT NULL,
    "employee" TEXT NOT NULL,
    "acted_by" TEXT NOT NULL,
    "role" TEXT,
    "from_role" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "employee_acts_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateIndex
CREATE INDEX "employee_acts_tenant_created_at_idx" ON "cloud"."employee_acts"("tenant", "created_at");

-- What Prisma's schema has no words for.

ALTER TABLE "cloud"."employee_acts"
  ADD CONSTRAINT "employee_acts_tenant_check" CHECK ("tenant" <> ''),
  ADD CONSTRAINT "employee_acts_act_check" CHECK ("act" IN ('added', 'role-changed', 'disabled', 'enabled', 'signed-out', 'password-reset', 'password-changed'));

-- The row rule, for the page too: it knows the tenant when it writes or reads this.
ALTER TABLE "cloud"."employee_acts" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "cloud"."employee_acts" USING ("tenant" = current_setting('tidegate.tenant', true));
CREATE POLICY "owner" ON "cloud"."employee_acts" TO CURRENT_USER USING (true);
