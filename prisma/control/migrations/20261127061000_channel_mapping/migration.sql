-- A filter, a field or a column that the configuration changes concerns records that were sent before.
ALTER TABLE "tidegate"."channel" ADD COLUMN "mapping" JSONB;
