-- AlterTable
ALTER TABLE "cloud"."credentials" ADD COLUMN     "must_change" BOOLEAN NOT NULL DEFAULT false;

-- What Prisma's schema has no words for.

ALTER TABLE "cloud"."employees" DROP CONSTRAINT "employees_role_check",
  ADD CONSTRAINT "employees_role_check" CHECK ("role" IN ('administrator', 'editor', 'reader'));

-- Addresses are those of people: written in another way they are the same.
CREATE UNIQUE INDEX "employees_tenant_email_lower_key" ON "cloud"."employees" ("tenant", lower("email"));
