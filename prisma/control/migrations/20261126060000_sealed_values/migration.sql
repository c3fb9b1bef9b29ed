-- CreateTable
CREATE TABLE "tidegate"."sealed_value" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT[],
    "field" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "accepted_version" BIGINT NOT NULL DEFAULT 0,
    "token" TEXT,
    "key_id" TEXT,
    "ordinal" BIGINT NOT NULL,
    "gone" BOOLEAN NOT NULL DEFAULT false,
    "sealed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sealed_value_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "sealed_value_link_key_id_idx" ON "tidegate"."sealed_value"("link", "key_id");

-- CreateIndex
CREATE UNIQUE INDEX "sealed_value_link_collection_key_field_key" ON "tidegate"."sealed_value"("link", "collection", "key", "field");

-- What Prisma's schema has no words for.

-- Ciphertext alone is kept here: what is no sealed value cannot be.
ALTER TABLE "tidegate"."sealed_value"
  ADD CONSTRAINT "sealed_value_version_check" CHECK ("version" > 0 AND "accepted_version" BETWEEN 0 AND "version"),
  ADD CONSTRAINT "sealed_value_token_check" CHECK ("token" LIKE 'sealed:1:%'),
  ADD CONSTRAINT "sealed_value_key_id_check" CHECK (("token" IS NULL) = ("key_id" IS NULL));
