import { WIRE_SETTINGS } from '../../../exchange/protocol.ts';
import type { ColumnShape } from '../introspection.ts';
import { dollarQuoted, ident, literal, qualified, textArray } from '../quoting.ts';
import { CAPTURE_ROLES, type TableCapture, injectingSetting } from './capture.ts';

/** Channel on which capture tells that rows were logged; the payload is the source's id. */
export const CHANGE_CHANNEL = 'tidegate_change';

/** Types whose equality is that of their text form: their values are compared as they are. All others are compared as text. */
const PLAIN_TYPES = new Set(['int2', 'int4', 'int8', 'oid', 'uuid', 'bool', 'date', 'time', 'timestamp', 'timestamptz', 'bytea']);

/** Settings that fix the text form of every value, whatever the writing session has set. */
export const FUNCTION_SETTINGS: readonly string[] = [
  'SET search_path = pg_catalog, pg_temp',
  ...Object.entries(WIRE_SETTINGS)
    .filter(([name]) => !['client_encoding', 'standard_conforming_strings'].includes(name))
    .map(([name, value]) => `SET ${name} = ${literal(value)}`),
];

/** Name of the capture function of a source. */
export const captureFunctionName = (source: number): string => `tidegate.${ident(`capture_${source}`)}`;

/** A column of both transition tables as text, compared byte by byte. */
const textOf = (alias: string, { name }: ColumnShape): string => `${alias}.${ident(name)}::text`;

/** SQL condition that a column's value changed. */
export function changedCondition(column: ColumnShape): string {
  const name = ident(column.name);
  if (PLAIN_TYPES.has(column.baseType)) return `o.${name} IS DISTINCT FROM n.${name}`;
  return `${textOf('o', column)} COLLATE "C" IS DISTINCT FROM ${textOf('n', column)} COLLATE "C"`;
}

/** SQL join of the transition tables by key, as text: a changed key shows as delete and insert, and no plan can be a nested loop. */
export function transitionJoin(keyColumns: readonly ColumnShape[]): string {
  const conditions = keyColumns.map((key) => `(${textOf('o', key)} COLLATE "C") = (${textOf('n', key)} COLLATE "C")`);
  return `old_rows o FULL JOIN new_rows n ON ${conditions.join(' AND ')}`;
}

/** Statement that makes the capture function of a table: one for all its triggers. */
export function captureFunction(capture: TableCapture, source: number): string {
  return `CREATE OR REPLACE FUNCTION ${captureFunctionName(source)}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
${[...FUNCTION_SETTINGS, 'SET row_security = off'].join('\n')}
AS ${dollarQuoted(`
-- Made by Tidegate for ${injectingSetting(capture).replaceAll(/[\n\r]/g, ' ')}; made anew whenever the collection changes.
DECLARE
  v_origin text;
  v_actor text := nullif(current_setting('tidegate.actor', true), '');
  v_seen pg_snapshot := pg_current_snapshot();
  v_drifted boolean := false;
  v_columns text[];
  v_logged bigint := 0;
BEGIN
${echoRule(capture)}
  IF TG_OP = 'TRUNCATE' THEN
    ${truncated(capture, source)}
    v_logged := 1;
  ELSE
    -- Only looks whether the columns are still there: a customer's ALTER must not make a customer's writes fail.
    BEGIN
      CASE TG_OP
        WHEN 'INSERT' THEN PERFORM x.* FROM (${inserted(capture)}) x WHERE false;
        WHEN 'DELETE' THEN PERFORM x.* FROM (${deleted(capture)}) x WHERE false;
        ELSE PERFORM x.* FROM (${updated(capture)}) x WHERE false;
      END CASE;
    EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
      v_drifted := true;
    END;
    IF v_drifted THEN
${driftedBranch(capture, source)}
    ELSIF TG_OP = 'INSERT' THEN
      ${logged(capture, source, inserted(capture))};
    ELSIF TG_OP = 'DELETE' THEN
      ${logged(capture, source, deleted(capture))};
    ELSE
      ${logged(capture, source, updated(capture))};
    END IF;
    GET DIAGNOSTICS v_logged = ROW_COUNT;
  END IF;
  IF v_logged > 0 THEN
    PERFORM pg_notify('${CHANGE_CHANNEL}', '${source}');
  END IF;
  RETURN NULL;
END
`)}`;
}

/**
 * What is not logged, or logged as a link's own: only what the injector's statement itself wrote, in the table that it names.
 * What customers' triggers and references make of it travels back.
 */
function echoRule(capture: TableCapture): string {
  const own = `pg_trigger_depth() = 1 AND current_setting('tidegate.injecting', true) = ${literal(injectingSetting(capture))}`;
  if (capture.side === 'crm') {
    return `  IF session_user = ${literal(CAPTURE_ROLES.reverse)} AND ${own} THEN
    v_origin := nullif(current_setting('tidegate.link', true), '');
  END IF;`;
  }
  return `  IF session_user = ${literal(CAPTURE_ROLES.producer)} AND ${own} THEN
    RETURN NULL;
  END IF;`;
}

/**
 * Origin of a row. References within the table act in the injector's own statement, so a deleted record that had a parent here
 * may have gone with it: it is told to the link too, which at worst knows.
 */
function originOf({ side, actingKeys, schema, table }: TableCapture): string {
  const own = actingKeys.filter((key) => key.parentSchema === schema && key.parentTable === table);
  if (side === 'cloud' || own.length === 0) return 'v_origin';
  const acted = own.map(({ columns }) => `x.old ->> ${literal(columns[0]?.name ?? '')} IS NOT NULL`);
  return `CASE WHEN x.op IN ('U', 'D') AND (${acted.join(' OR ')}) THEN NULL ELSE v_origin END`;
}

function logged(capture: TableCapture, source: number, rows: string): string {
  return `INSERT INTO tidegate.change_log (source, key, op, old, origin, actor, seen)
      SELECT ${source}, x.key, x.op, x.old, ${originOf(capture)}, v_actor, v_seen FROM (${rows}) x`;
}

function keyOf(alias: string, { keyColumns }: TableCapture): string {
  return `ARRAY[${keyColumns.map((key) => textOf(alias, key)).join(', ')}]`;
}

function wholeOld({ columns }: TableCapture): string {
  return `jsonb_object(${textArray(columns.map(({ name }) => name))}, ARRAY[${columns.map((column) => textOf('o', column)).join(', ')}])`;
}

function inserted(capture: TableCapture): string {
  return `SELECT ${keyOf('n', capture)} AS key, 'I' AS op, NULL::jsonb AS old FROM new_rows n`;
}

function deleted(capture: TableCapture): string {
  return `SELECT ${keyOf('o', capture)} AS key, 'D' AS op, ${wholeOld(capture)} AS old FROM old_rows o`;
}

/**
 * A TRUNCATE: a row `T`, and before it every record that goes, so that an approval knows what it deletes. Where this function's
 * owner may not read the whole table (its rights, row level security), or a column is gone, `T` stands alone (`old` is null), after
 * which only a new load goes on. Fires before the rows are gone.
 */
function truncated(capture: TableCapture, source: number): string {
  const table = qualified(capture.schema, capture.table);
  return `BEGIN
      INSERT INTO tidegate.change_log (source, key, op, old, actor, seen)
        SELECT ${source}, ${keyOf('o', capture)}, 'D', ${wholeOld(capture)}, v_actor, v_seen FROM ${table} o;
      INSERT INTO tidegate.change_log (source, key, op, old, actor, seen) VALUES (${source}, '{}', 'T', '{}', v_actor, v_seen);
    EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
      INSERT INTO tidegate.change_log (source, key, op, actor, seen) VALUES (${source}, '{}', 'T', v_actor, v_seen);
    END;`;
}

/** Rows of an UPDATE. The JSON is put together as text, only of what changed: generic functions took five times as long. */
function updated(capture: TableCapture): string {
  const [first] = capture.keyColumns.map(({ name }) => ident(name));
  const parts = capture.columns.map(
    (column) =>
      `CASE WHEN ${changedCondition(column)} THEN ${literal(`${JSON.stringify(column.name)}:`)} || coalesce(to_json(${textOf('o', column)})::text, 'null') END`,
  );
  return `SELECT d.key, d.op, d.old FROM (
        SELECT CASE WHEN n.${first} IS NULL THEN ${keyOf('o', capture)} ELSE ${keyOf('n', capture)} END AS key,
               CASE WHEN o.${first} IS NULL THEN 'I' WHEN n.${first} IS NULL THEN 'D' ELSE 'U' END AS op,
               CASE WHEN o.${first} IS NULL THEN NULL WHEN n.${first} IS NULL THEN ${wholeOld(capture)}
                    ELSE ('{' || nullif(concat_ws(',', VARIADIC ARRAY[${parts.join(',\n                      ')}]::text[]), '') || '}')::jsonb END AS old
          FROM ${transitionJoin(capture.keyColumns)} OFFSET 0) d
       WHERE d.op <> 'U' OR d.old IS NOT NULL`;
}

/**
 * The same by dynamic SQL over the columns that are left. Where a key column is gone nothing can be told record by record:
 * a truncate row is logged, after which only a new load goes on.
 */
function driftedBranch(capture: TableCapture, source: number): string {
  const keys = textArray(capture.keyColumns.map(({ name }) => name));
  return `      SELECT array_agg(a.attname::text) INTO v_columns FROM pg_attribute a
       WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attname = ANY (${textArray(capture.columns.map(({ name }) => name))});
      IF v_columns IS NULL OR NOT ${keys} <@ v_columns THEN
        INSERT INTO tidegate.change_log (source, key, op, actor, seen) VALUES (${source}, '{}', 'T', v_actor, v_seen);
      ELSIF TG_OP = 'INSERT' THEN
        EXECUTE (SELECT format('INSERT INTO tidegate.change_log (source, key, op, origin, actor, seen)
            SELECT ${source}, ARRAY[%s], ''I'', $1, $2, $3 FROM new_rows n', string_agg(format('n.%I::text', k), ', '))
          FROM unnest(${keys}) k) USING v_origin, v_actor, v_seen;
      ELSE
        EXECUTE (SELECT format('INSERT INTO tidegate.change_log (source, key, op, old, origin, actor, seen)
            SELECT ${source}, x.key, x.op, x.old, $1, $2, $3 FROM (
              SELECT CASE WHEN %1$s THEN ARRAY[%2$s] ELSE ARRAY[%3$s] END AS key,
                     CASE WHEN %4$s THEN ''I'' WHEN %1$s THEN ''D'' ELSE ''U'' END AS op,
                     CASE WHEN %4$s THEN NULL ELSE (''{'' || nullif(concat_ws('','', VARIADIC ARRAY[%5$s]), '''') || ''}'')::jsonb END AS old
                FROM %6$s OFFSET 0) x WHERE x.op <> ''U'' OR x.old IS NOT NULL',
            CASE TG_OP WHEN 'DELETE' THEN 'true' ELSE format('n.%I IS NULL', (${keys})[1]) END,
            (SELECT string_agg(format('o.%I::text', k), ', ') FROM unnest(${keys}) k),
            (SELECT string_agg(format(CASE TG_OP WHEN 'DELETE' THEN 'o.%I::text' ELSE 'n.%I::text' END, k), ', ') FROM unnest(${keys}) k),
            CASE TG_OP WHEN 'DELETE' THEN 'false' ELSE format('o.%I IS NULL', (${keys})[1]) END,
            (SELECT string_agg(CASE TG_OP
               WHEN 'DELETE' THEN format('%L || coalesce(to_json(o.%I::text)::text, ''null'')', to_json(c)::text || ':', c)
               ELSE format('CASE WHEN o.%1$I::text COLLATE "C" IS DISTINCT FROM n.%1$I::text COLLATE "C" THEN %2$L || coalesce(to_json(o.%1$I::text)::text, ''null'') END', c, to_json(c)::text || ':')
             END, ', ') FROM unnest(v_columns) c),
            CASE TG_OP WHEN 'DELETE' THEN 'old_rows o' ELSE (SELECT 'old_rows o FULL JOIN new_rows n ON ' ||
               string_agg(format('(o.%1$I::text COLLATE "C") = (n.%1$I::text COLLATE "C")', k), ' AND ') FROM unnest(${keys}) k) END))
          USING v_origin, v_actor, v_seen;
      END IF;`;
}
