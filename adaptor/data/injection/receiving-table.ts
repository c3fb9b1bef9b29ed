import type { PoolClient } from 'pg';
import type { CollectionPlan } from '../plan.ts';
import { literal, qualified } from '../quoting.ts';

/** A column of the receiving table, with what this session's role may do to it. */
export interface ReceivingColumn {
  readonly name: string;
  /** Type without length or precision: casting to it never cuts a value (`'abc'::varchar(2)` would). */
  readonly bareType: string;
  /** Type with length and precision. */
  readonly type: string;
  readonly notNull: boolean;
  /** Computed by the store: no value can be given. */
  readonly generated: boolean;
  /** An identity that takes a given value only when told so. */
  readonly identityAlways: boolean;
  readonly insertable: boolean;
  readonly updatable: boolean;
}

/** A foreign key of the receiving table. */
export interface ReceivingForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** The parent's table as SQL. */
  readonly parent: string;
  readonly parentColumns: readonly string[];
  /** Whether this role sees all rows that PostgreSQL's own check sees; if not, only the check itself can tell. */
  readonly visible: boolean;
  readonly toItself: boolean;
}

/** The receiving table as it is now. */
export interface ReceivingTable {
  /** Changes whenever columns, triggers, constraints, row rules or grants do. */
  readonly stamp: string;
  readonly columns: readonly ReceivingColumn[];
  readonly foreignKeys: readonly ReceivingForeignKey[];
  /** Columns of each constraint and unique index, by name. */
  readonly constraintColumns: Readonly<Record<string, readonly string[]>>;
  /** Row triggers that are not Tidegate's can change a new row on its way in; or a changed one. */
  readonly altersInserts: boolean;
  readonly altersUpdates: boolean;
  readonly deletable: boolean;
  /** Whether a row rule of the table's owner hides rows from changes only (CREATE POLICY ... FOR UPDATE). */
  readonly hidesFromUpdates: boolean;
}

/** SQL expression of the stamp of a table: cheap, read with every window. */
export function stampSql(plan: CollectionPlan): string {
  const table = `${literal(qualified(plan.binding.schema, plan.binding.table))}::regclass`;
  return `(select concat_ws('/', c.oid, c.xmin, md5(coalesce(c.relacl::text, '')),
      (select concat(count(*), '-', max(a.xmin::text::bigint)) from pg_attribute a where a.attrelid = c.oid),
      (select concat(count(*), '-', max(g.xmin::text::bigint)) from pg_trigger g where g.tgrelid = c.oid),
      (select concat(count(*), '-', max(k.xmin::text::bigint)) from pg_constraint k where k.conrelid = c.oid),
      (select concat(count(*), '-', max(p.xmin::text::bigint)) from pg_policy p where p.polrelid = c.oid))
    from pg_class c where c.oid = ${table})`;
}

const COLUMNS = `
  select json_agg(json_build_object(
    'name', a.attname, 'bareType', format_type(a.atttypid, -1), 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
    'generated', a.attgenerated <> '', 'identityAlways', a.attidentity = 'a',
    'insertable', has_column_privilege(a.attrelid, a.attnum, 'insert'), 'updatable', has_column_privilege(a.attrelid, a.attnum, 'update')))
  from pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped`;

const FOREIGN_KEYS = `
  select json_agg(json_build_object(
    'name', k.conname, 'parent', k.confrelid::regclass::text, 'toItself', k.confrelid = k.conrelid,
    'columns', (select json_agg(a.attname order by u.place) from unnest(k.conkey) with ordinality u (number, place)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number),
    'parentColumns', (select json_agg(a.attname order by u.place) from unnest(k.confkey) with ordinality u (number, place)
                      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number),
    'visible', has_schema_privilege(p.relnamespace, 'usage')
      and (select bool_and(has_column_privilege(k.confrelid, u.number, 'select')) from unnest(k.confkey) u (number))
      and ($2 = 'cloud' or not row_security_active(k.confrelid))))
  from pg_constraint k join pg_class p on p.oid = k.confrelid where k.conrelid = t.oid and k.contype = 'f'`;

const CONSTRAINTS = `
  select json_object_agg(name, columns) from (
    select k.conname as name, (select json_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = t.oid and a.attnum = any (k.conkey)) as columns
    from pg_constraint k where k.conrelid = t.oid
    union all
    select x.relname, json_agg(a.attname order by a.attnum)
    from pg_index i join pg_class x on x.oid = i.indexrelid join pg_attribute a on a.attrelid = t.oid and a.attnum = any (i.indkey)
    where i.indrelid = t.oid and i.indisunique and not exists (select from pg_constraint k where k.conindid = i.indexrelid) group by x.oid) named`;

/** Triggers that run for each row before it is written. */
const ALTERING_TRIGGER = `select from pg_trigger g where g.tgrelid = t.oid and not g.tgisinternal and g.tgtype & 3 = 3 and g.tgname not like 'tidegate%'`;

/** Reads the receiving table for the role of this session. The table's name resolves or PostgreSQL refuses (42P01). */
export async function readReceivingTable(client: PoolClient, plan: CollectionPlan): Promise<ReceivingTable> {
  const name = qualified(plan.binding.schema, plan.binding.table);
  const { rows } = await client.query<{ shape: string }>(
    `select json_build_object(
       'stamp', ${stampSql(plan)},
       'columns', (${COLUMNS}),
       'foreignKeys', coalesce((${FOREIGN_KEYS}), '[]'),
       'constraintColumns', coalesce((${CONSTRAINTS}), '{}'),
       'altersInserts', exists (${ALTERING_TRIGGER} and g.tgtype & 4 > 0),
       'altersUpdates', exists (${ALTERING_TRIGGER} and g.tgtype & 16 > 0),
       'hidesFromUpdates', exists (select from pg_policy p where p.polrelid = t.oid and p.polcmd = 'w'),
       'deletable', has_table_privilege(t.oid, 'delete'))::text as shape
     from (select $1::regclass::oid as oid) t`,
    [name, plan.side],
  );
  return JSON.parse(rows[0]?.shape ?? '{}') as ReceivingTable;
}
