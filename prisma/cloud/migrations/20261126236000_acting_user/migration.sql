-- Who makes a record. A function of its own: Prisma cannot compare a longer expression with its schema.
CREATE FUNCTION "cloud"."acting_user"() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('tidegate.user', true), '');

ALTER TABLE "cloud"."people" ALTER COLUMN "owner" SET DEFAULT "cloud"."acting_user"();
ALTER TABLE "cloud"."events" ALTER COLUMN "owner" SET DEFAULT "cloud"."acting_user"();
ALTER TABLE "cloud"."todos" ALTER COLUMN "owner" SET DEFAULT "cloud"."acting_user"();
