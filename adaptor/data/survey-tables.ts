import { controlRows } from './control-rows.ts';
import type { Queryable } from './pool.ts';

/** A foreign key as it is declared, whatever it does when a parent goes. */
export interface SurveyedForeignKey {
  readonly columns: readonly string[];
  readonly parentSchema: string;
  readonly parentTable: string;
  readonly parentColumns: readonly string[];
}

/** What a survey of a whole database tells of a table, beside its shape (introspection.ts). */
export interface SurveyedTable {
  readonly schema: string;
  readonly table: string;
  /** Whether the role that asks may act as its owner. */
  readonly owned: boolean;
  /** Whether row level security is switched on. */
  readonly rowSecurity: boolean;
  /** Columns that take their values from a sequence, identity columns among them. */
  readonly sequenceColumns: readonly string[];
  readonly foreignKeys: readonly SurveyedForeignKey[];
}

const SURVEY = `
  select n.nspname as schema, c.relname as table, pg_has_role(c.relowner, 'usage') as owned, c.relrowsecurity as "rowSecurity",
         coalesce((select json_agg(a.attname order by a.attnum)
            from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like '%nextval(%')), '[]') as "sequenceColumns",
         coalesce((select json_agg(json_build_object('parentSchema', pn.nspname, 'parentTable', pc.relname,
                   'columns', (select json_agg(a.attname order by k.place) from unnest(f.conkey) with ordinality k(number, place)
                                 join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number),
                   'parentColumns', (select json_agg(a.attname order by k.place) from unnest(f.confkey) with ordinality k(number, place)
                                       join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.number)) order by f.conname)
            from pg_constraint f join pg_class pc on pc.oid = f.confrelid join pg_namespace pn on pn.oid = pc.relnamespace
           where f.conrelid = c.oid and f.contype = 'f'), '[]') as "foreignKeys"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
     and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'tidegate')
     and ($1::text[] is null or n.nspname = any ($1))
     and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   order by n.nspname, c.relname`;

/**
 * The tables and views of a database, or of the schemas named: neither PostgreSQL's own, nor Tidegate's, nor those of
 * extensions; of a partitioned table only itself. Reads catalogues alone.
 */
export function surveyTables(client: Queryable, schemas?: readonly string[]): Promise<readonly SurveyedTable[]> {
  return controlRows<SurveyedTable>(client, SURVEY, [schemas ?? null]);
}
