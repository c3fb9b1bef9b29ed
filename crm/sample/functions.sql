-- The key of a sample record: the same for the same kind and number, in the form of a UUID of version 8 (RFC 9562).
create function pg_temp.sample_id(kind text, number bigint) returns uuid language sql immutable
return overlay(overlay(md5('tidegate sample ' || kind || ' ' || number) placing '8' from 13) placing '8' from 17)::uuid
