-- A store that was empty when a new load began holds nothing that the load could leave out.
ALTER TABLE "tidegate"."channel" ADD COLUMN "began_empty" BOOLEAN NOT NULL DEFAULT false;
-- Forms of rows in which the cloud takes the chunks of a load.
ALTER TABLE "tidegate"."registration" ADD COLUMN "row_forms" TEXT[] NOT NULL DEFAULT '{csv}';
