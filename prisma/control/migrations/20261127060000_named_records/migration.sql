-- What a new load names is noted chunk by chunk, and compared with the table once, at its end.
ALTER TABLE "tidegate"."window_chunk" ADD COLUMN "named" BIGINT[];
