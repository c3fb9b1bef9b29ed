import { TidegateError } from '../../exchange/errors.ts';
import { controlRow, controlRows } from './control-rows.ts';
import type { Queryable } from './pool.ts';

/** A column as it is in the database. */
export interface ColumnShape {
  readonly name: string;
  /** `format_type`, with length and precision. */
  readonly type: string;
  /** Name of the base type (through domains) in pg_type, e.g. `int4`. */
  readonly baseType: string;
  readonly nullable: boolean;
  /** GENERATED ALWAYS AS (...), or an identity that is always generated: PostgreSQL refuses values for it. */
  readonly generated: boolean;
  readonly hasDefault: boolean;
}

/** A table as it is in the database. */
export interface TableShape {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly ColumnShape[];
  /** Columns of the primary key, in order; empty where there is none. */
  readonly primaryKey: readonly string[];
  /** Sets of columns that are unique and never null, the primary key first. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Why the table cannot be captured; undefined where it can. */
  readonly obstacle: string | undefined;
  /** Estimate of the number of rows by the last ANALYZE; -1 where never analysed. */
  readonly estimatedRows: number;
}

const TABLE_SQL = `
  SELECT c.oid::int8 AS oid, c.relkind AS kind, c.relispartition AS "isPartition", c.relpersistence AS persistence,
         c.reltuples::float8 AS "estimatedRows",
         EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid OR i.inhparent = c.oid) AS inherits
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

const COLUMNS_SQL = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
         (SELECT b.typname FROM pg_type b WHERE b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END) AS "baseType",
         NOT a.attnotnull AS nullable, a.attgenerated <> '' OR a.attidentity = 'a' AS generated, a.atthasdef OR a.attidentity <> '' AS "hasDefault"
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attnum`;

const KEYS_SQL = `
  SELECT i.indisprimary AS "primary",
         (SELECT json_agg(a.attname ORDER BY k.place)
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
           WHERE k.place <= i.indnkeyatts) AS columns
    FROM pg_index i
   WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
     AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
                       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
                      WHERE k.place <= i.indnkeyatts AND NOT a.attnotnull)
   ORDER BY i.indisprimary DESC, i.indexrelid`;

interface TableRow {
  readonly oid: number;
  readonly kind: string;
  readonly isPartition: boolean;
  readonly persistence: string;
  readonly estimatedRows: number;
  readonly inherits: boolean;
}

/** The shape of a table, view or partition; undefined where there is none of that name (or it is not to be seen). */
export async function readTableShape(client: Queryable, schema: string, table: string): Promise<TableShape | undefined> {
  const row = await controlRow<TableRow>(client, TABLE_SQL, [schema, table]);
  if (row === undefined) return undefined;
  const columns = await controlRows<ColumnShape>(client, COLUMNS_SQL, [row.oid]);
  const keys = await controlRows<{ primary: boolean; columns: string[] }>(client, KEYS_SQL, [row.oid]);
  return {
    schema,
    table,
    columns,
    primaryKey: keys.find((key) => key.primary)?.columns ?? [],
    uniqueKeys: keys.map((key) => key.columns),
    obstacle: obstacleOf(row),
    estimatedRows: row.estimatedRows,
  };
}

/** The shape of a table that must be there. Throws `configuration-invalid`. */
export async function requireTableShape(client: Queryable, schema: string, table: string): Promise<TableShape> {
  const shape = await readTableShape(client, schema, table);
  if (shape === undefined) throw new TidegateError('configuration-invalid', `There is no table ${schema}.${table}.`, { schema, table });
  return shape;
}

function obstacleOf({ kind, isPartition, persistence, inherits }: TableRow): string | undefined {
  if (kind === 'p' || isPartition) return 'it is partitioned: writes to one partition would pass the capture by';
  if (kind !== 'r') return 'it is not an ordinary table';
  if (inherits) return 'it takes part in table inheritance';
  if (persistence === 'u') return 'it is unlogged: a crash would empty it unseen';
  return persistence === 't' ? 'it is temporary' : undefined;
}
