-- CreateTable
CREATE TABLE "tidegate"."trial_write" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),

    CONSTRAINT "trial_write_pkey" PRIMARY KEY ("id")
);

-- What Prisma's schema has no words for.

-- A plan tries its writes to learn what the store would refuse. The guard of a table lets them pass without a message, and notes each in
-- tidegate.trial_write: a transaction that holds such a note can never be committed, whoever made it. So the table is always empty.
CREATE FUNCTION tidegate.refuse_trial() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'TG009', MESSAGE = 'tidegate: what a plan tries is never committed';
END
$$;

CREATE CONSTRAINT TRIGGER trial_refused AFTER INSERT ON "tidegate"."trial_write" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tidegate.refuse_trial();
