import { TidegateError } from '../../exchange/errors.ts';
import { preparedRow } from './control-rows.ts';
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
  /** Computed at every reading: a trigger does not see it change. */
  readonly virtual: boolean;
  readonly hasDefault: boolean;
}

/** A foreign key that changes or deletes rows when their parent is deleted. */
export interface ForeignKeyShape {
  readonly columns: readonly string[];
  readonly parentSchema: string;
  readonly parentTable: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: 'cascade' | 'set null';
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
  /**
   * Whether a record can be looked up by its key through an index: under row level security PostgreSQL lets only leakproof
   * operators do so (numeric's, for one, is not).
   */
  readonly lookupsByIndex: boolean;
  /** Foreign keys that act when a parent is deleted. */
  readonly actingKeys: readonly ForeignKeyShape[];
  /** Why the table cannot be captured; undefined where it can. */
  readonly obstacle: string | undefined;
  /** Whether all capture triggers are there and fire. */
  readonly captured: boolean;
  /** Estimate of the number of rows by the last ANALYZE; -1 where never analysed. */
  readonly estimatedRows: number;
}

const SHAPE_SQL = `
  SELECT c.relkind AS kind, row_security_active(c.oid) AS "rowSecurity", c.relispartition AS "isPartition", c.relpersistence AS persistence, c.reltuples::float8 AS "estimatedRows",
         EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid OR i.inhparent = c.oid) AS inherits,
         (SELECT count(*) = 4 FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname LIKE 'tidegate\\_capture\\_%' AND g.tgenabled IN ('O', 'A')) AS captured,
         (SELECT json_agg(json_build_object(
                   'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                   'baseType', (SELECT b.typname FROM pg_type b WHERE b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END),
                   'nullable', NOT a.attnotnull, 'generated', a.attgenerated <> '' OR a.attidentity = 'a', 'virtual', a.attgenerated = 'v',
                   'hasDefault', a.atthasdef OR a.attidentity <> '') ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT json_agg(json_build_object('primary', i.indisprimary, 'leakproof',
                   (SELECT bool_and(e.proleakproof) FROM unnest(i.indclass::oid[]) WITH ORDINALITY u(class, place)
                      JOIN pg_opclass o ON o.oid = u.class
                      JOIN pg_amop q ON q.amopfamily = o.opcfamily AND q.amoplefttype = o.opcintype AND q.amoprighttype = o.opcintype AND q.amopstrategy = 3
                      JOIN pg_operator p ON p.oid = q.amopopr JOIN pg_proc e ON e.oid = p.oprcode WHERE u.place <= i.indnkeyatts),
                   'columns',
                   (SELECT json_agg(a.attname ORDER BY k.place)
                      FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
                      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE k.place <= i.indnkeyatts))
                   ORDER BY i.indisprimary DESC, i.indexrelid)
            FROM pg_index i
           WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
             AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
                               JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
                              WHERE k.place <= i.indnkeyatts AND NOT a.attnotnull)) AS keys,
         (SELECT json_agg(json_build_object('parentSchema', pn.nspname, 'parentTable', pc.relname,
                   'onDelete', CASE f.confdeltype WHEN 'c' THEN 'cascade' ELSE 'set null' END,
                   'columns', (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(number, place)
                                 JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number),
                   'parentColumns', (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(number, place)
                                       JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number)) ORDER BY f.conname)
            FROM pg_constraint f JOIN pg_class pc ON pc.oid = f.confrelid JOIN pg_namespace pn ON pn.oid = pc.relnamespace
           WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confdeltype IN ('c', 'n')) AS "actingKeys"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

interface ShapeRow {
  readonly kind: string;
  readonly isPartition: boolean;
  readonly persistence: string;
  readonly estimatedRows: number;
  readonly inherits: boolean;
  readonly captured: boolean;
  readonly columns: readonly ColumnShape[] | null;
  readonly actingKeys: readonly ForeignKeyShape[] | null;
  readonly rowSecurity: boolean;
  readonly keys: readonly { readonly primary: boolean; readonly leakproof: boolean; readonly columns: readonly string[] }[] | null;
}

/** The shape of a table, view or partition; undefined where there is none of that name (or it is not to be seen). */
export async function readTableShape(client: Queryable, schema: string, table: string): Promise<TableShape | undefined> {
  const row = await preparedRow<ShapeRow>(client, SHAPE_SQL, [schema, table]);
  if (row === undefined) return undefined;
  const keys = row.keys ?? [];
  return {
    schema,
    table,
    columns: row.columns ?? [],
    primaryKey: keys.find((key) => key.primary)?.columns ?? [],
    uniqueKeys: keys.map((key) => key.columns),
    lookupsByIndex: !row.rowSecurity || keys.every((key) => key.leakproof),
    actingKeys: row.actingKeys ?? [],
    obstacle: obstacleOf(row),
    captured: row.captured,
    estimatedRows: row.estimatedRows,
  };
}

const STAMP_SQL = `
  SELECT concat_ws('/', c.oid, c.xmin, row_security_active(c.oid), current_user,
           (SELECT concat(count(*), '-', max(a.xmin::text::bigint), '-', max(t.xmin::text::bigint)) FROM pg_attribute a LEFT JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid),
           (SELECT concat(count(*), '-', max(g.xmin::text::bigint)) FROM pg_trigger g WHERE g.tgrelid = c.oid),
           (SELECT concat(count(*), '-', max(i.xmin::text::bigint)) FROM pg_index i WHERE i.indrelid = c.oid),
           (SELECT concat(count(*), '-', max(k.xmin::text::bigint)) FROM pg_constraint k WHERE k.conrelid = c.oid),
           (SELECT concat(count(*), '-', max(h.xmin::text::bigint)) FROM pg_inherits h WHERE h.inhrelid = c.oid OR h.inhparent = c.oid)) AS stamp
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

/**
 * A text that changes with anything that a table's shape is made of, but for its estimated rows; undefined where there is no such
 * table. It is read in a fraction of the time: a shape of the same stamp need not be read again.
 */
export async function readTableStamp(client: Queryable, schema: string, table: string): Promise<string | undefined> {
  return (await preparedRow<{ stamp: string }>(client, STAMP_SQL, [schema, table]))?.stamp;
}

/** The shape of a table that must be there. Throws `configuration-invalid`. */
export async function requireTableShape(client: Queryable, schema: string, table: string): Promise<TableShape> {
  const shape = await readTableShape(client, schema, table);
  if (shape === undefined) throw new TidegateError('configuration-invalid', `There is no table ${schema}.${table}.`, { schema, table });
  return shape;
}

function obstacleOf({ kind, isPartition, persistence, inherits }: ShapeRow): string | undefined {
  if (kind === 'p' || isPartition) return 'it is partitioned: writes to one partition would pass the capture by';
  if (kind !== 'r') return 'it is not an ordinary table';
  if (inherits) return 'it takes part in table inheritance';
  if (persistence === 'u') return 'it is unlogged: a crash would empty it unseen';
  return persistence === 't' ? 'it is temporary' : undefined;
}
