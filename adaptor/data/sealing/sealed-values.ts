import type { PoolClient } from 'pg';
import { controlRows } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import type { Queryable } from '../pool.ts';

/** What the CRM remembers of one sealed value. */
export interface StoredValue {
  readonly key: readonly string[];
  readonly field: string;
  readonly version: number;
  /** The sealed value that was sent last; null where the field was empty. */
  readonly token: string | null;
  /** Forward window that carried it first, or last while it is not known that the cloud has it. */
  readonly ordinal: number;
  /** Whether the cloud is known to have it. */
  readonly confirmed: boolean;
  /** Version below which the cloud cannot have anything any more. */
  readonly leastVersion: number;
  /** Whether its record was deleted. */
  readonly gone: boolean;
}

/**
 * SQL: whether the cloud is known to hold the version of row `s`: its window was receipted (up to `upTo`, where given), and the
 * record was not set aside there since.
 */
export const confirmedSql = (upTo = 'NULL'): string => `(
  s.ordinal <= coalesce(${upTo}::bigint, (SELECT c.ordinal FROM tidegate.channel c WHERE c.link = s.link AND c.collection = s.collection AND c.direction = 'forward'))
  AND NOT EXISTS (SELECT FROM tidegate."window" w WHERE w.link = s.link AND w.collection = s.collection AND w.direction = 'forward' AND w.ordinal = s.ordinal
                     AND w.state <> 'receipted')
  AND NOT EXISTS (SELECT FROM tidegate.quarantine q WHERE q.link = s.link AND q.collection = s.collection AND q.direction = 'forward' AND q.key = s.key
                     AND q.ordinal >= s.ordinal))`;

const FIND = `
  SELECT s.key, s.field, s.version, s.token, s.ordinal, f.confirmed, s.gone, CASE WHEN f.confirmed THEN s.version ELSE s.accepted_version END AS "leastVersion"
    FROM (SELECT ARRAY(SELECT jsonb_array_elements_text(k)) AS key FROM jsonb_array_elements($3::jsonb) k) named
    JOIN tidegate.sealed_value s ON s.link = $1 AND s.collection = $2 AND s.key = named.key
    CROSS JOIN LATERAL (SELECT ${confirmedSql('$4')} AS confirmed) f`;

/** Values of records by key and field. */
export type StoredValues = ReadonlyMap<string, StoredValue>;

/** Name of a value among those of its collection. */
export const valueName = (key: readonly string[], field: string): string => JSON.stringify([...key, field]);

/** What is remembered of records. `upTo`: forward ordinal after which nothing counts as confirmed; without it the channel says. */
export async function findValues(
  client: Queryable,
  { linkName, definition }: CollectionPlan,
  keys: readonly (readonly string[])[],
  upTo: number | null = null,
): Promise<StoredValues> {
  const rows = await controlRows<StoredValue>(client, FIND, [linkName, definition.name, JSON.stringify(keys), upTo]);
  return new Map(rows.map((row) => [valueName(row.key, row.field), row]));
}

/** A value as it goes out with a window. */
export interface SentValue {
  readonly key: readonly string[];
  readonly field: string;
  readonly version: number;
  readonly token: string | null;
  readonly keyId: string | null;
  readonly gone: boolean;
}

const KEEP = `
  INSERT INTO tidegate.sealed_value AS s (link, collection, key, field, version, token, key_id, ordinal, gone)
  SELECT $1, $2, ARRAY(SELECT jsonb_array_elements_text(v -> 'key')), v ->> 'field', (v ->> 'version')::bigint, v ->> 'token', v ->> 'keyId', $4, (v ->> 'gone')::boolean
    FROM jsonb_array_elements($3::jsonb) v
  ON CONFLICT (link, collection, key, field) DO UPDATE SET
    accepted_version = CASE WHEN ${confirmedSql()} THEN s.version ELSE s.accepted_version END,
    version = excluded.version, token = excluded.token, key_id = excluded.key_id, ordinal = excluded.ordinal, gone = excluded.gone, sealed_at = now()`;

/** Remembers what goes out with a window, in a fenced transaction of the caller's. */
export async function keepValues(client: PoolClient, { linkName, definition }: CollectionPlan, values: readonly SentValue[], ordinal: number): Promise<void> {
  await client.query(KEEP, [linkName, definition.name, JSON.stringify(values), ordinal]);
}
