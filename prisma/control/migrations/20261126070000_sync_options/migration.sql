-- CreateTable
CREATE TABLE "tidegate"."sync_option" (
    "link" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "set_by" TEXT NOT NULL,
    "set_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sync_option_pkey" PRIMARY KEY ("link","collection","direction")
);

-- CreateTable
CREATE TABLE "tidegate"."sync_period" (
    "link" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "every_ms" INTEGER NOT NULL,
    "set_by" TEXT NOT NULL,
    "set_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sync_period_pkey" PRIMARY KEY ("link","direction")
);

-- What Prisma's schema has no words for.

ALTER TABLE "tidegate"."sync_option" ADD CONSTRAINT "sync_option_direction_check" CHECK ("direction" IN ('forward', 'reverse'));
ALTER TABLE "tidegate"."sync_period"
  ADD CONSTRAINT "sync_period_direction_check" CHECK ("direction" IN ('forward', 'reverse')),
  ADD CONSTRAINT "sync_period_every_check" CHECK ("every_ms" >= 1000);
