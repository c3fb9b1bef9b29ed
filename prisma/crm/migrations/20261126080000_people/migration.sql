-- AlterTable
ALTER TABLE "crm"."users" ADD COLUMN     "disabled_at" TIMESTAMPTZ(6),
ADD COLUMN     "issuer" TEXT,
ADD COLUMN     "must_change_password" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "subject" TEXT,
ALTER COLUMN "password_hash" DROP NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "users_issuer_subject_key" ON "crm"."users"("issuer", "subject");

-- What Prisma's schema has no words for.

ALTER TABLE "crm"."users"
  ADD CONSTRAINT "users_identity_check" CHECK (("issuer" IS NULL) = ("subject" IS NULL));

-- An e-mail address is one user's, however it is written: it names the user in the logs.
CREATE UNIQUE INDEX "users_email_lower_key" ON "crm"."users" (lower("email"));
