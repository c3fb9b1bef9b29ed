-- AlterTable
ALTER TABLE "tidegate"."change_log" ADD COLUMN     "base" BIGINT;

-- CreateTable
CREATE TABLE "tidegate"."unconfirmed" (
    "id" BIGSERIAL NOT NULL,
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT[],
    "noted_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "unconfirmed_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "unconfirmed_link_collection_key_key" ON "tidegate"."unconfirmed"("link", "collection", "key");

ALTER TABLE "tidegate"."unconfirmed" ALTER COLUMN "key" SET NOT NULL;
