-- convert_to is STABLE, and PostgreSQL calls a function that claims more than its body once for each value instead of writing its
-- body into the statement: with the volatility that it has, the hashes of a window cost a fraction.
ALTER FUNCTION tidegate.ledger_value_hash(bytea, jsonb) STABLE;
