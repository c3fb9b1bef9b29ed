import type { ColumnShape } from '../introspection.ts';
import { dollarQuoted, ident, literal, qualified } from '../quoting.ts';
import { changedCondition, transitionJoin } from './capture-function.ts';
import { type ActingKey, CAPTURE_ROLES, type TableCapture } from './capture.ts';

/** Name of the guard function of a source. */
export const guardFunctionName = (source: number): string => `tidegate.${ident(`guard_${source}`)}`;

/** Name of the function that tells the guard of a source whether a row's parent is gone. */
export const parentFunctionName = (source: number): string => `tidegate.${ident(`guard_parent_${source}`)}`;

/** Condition under which the guard's triggers fire at all: everybody else pays nothing. */
export const GUARDED_SESSION = `session_user = ${literal(CAPTURE_ROLES.reverse)}`;

/** What a transaction names in the place of a message where it only tries what a window would do: it can never be committed. */
export const TRIAL = 'trial';

/**
 * Statement that makes the guard of a table at the CRM (law 1): it refuses what the reverse role writes unless the
 * transaction names, in `tidegate.message`, an accepted, unspent, unexpired message of its link (`tidegate.link`) that
 * orders this collection, this operation and all fields that changed. A release (rule 5) is held to more: it is spent in this
 * transaction, and names the records. What the CRM's own triggers and references make of
 * such a write needs the message only. Runs with the writer's rights, to tell the role itself from the CRM's own functions;
 * what a reference did is told by a parent that is gone, which no constraint allows otherwise.
 *
 * A plan's trial passes without a message: each of its writes leaves a note (tidegate.trial_write) that its transaction cannot be
 * committed with.
 */
export function guardFunction(capture: TableCapture, source: number): string {
  return `CREATE OR REPLACE FUNCTION ${guardFunctionName(source)}() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS ${dollarQuoted(`
-- Made by Tidegate; lets the reverse role write only what an accepted message of the CRM orders.
DECLARE
  v_fields constant jsonb := ${literal(JSON.stringify(capture.guarded))}::jsonb;
  v_id text := current_setting('tidegate.message', true);
  v_link text := current_setting('tidegate.link', true);
  v_message tidegate.accepted_message;
  v_touched boolean;
  v_changed text[] := '{}';
  v_allowed text[];
  v_keys jsonb;
  v_most bigint;
BEGIN
  CASE TG_OP
    WHEN 'INSERT' THEN SELECT EXISTS (SELECT FROM new_rows) INTO v_touched;
    WHEN 'DELETE' THEN SELECT EXISTS (SELECT FROM old_rows) INTO v_touched;
    WHEN 'UPDATE' THEN SELECT EXISTS (SELECT FROM new_rows) INTO v_touched;
    ELSE v_touched := true;
  END CASE;
  IF NOT v_touched THEN
    RETURN NULL;
  END IF;
  IF v_id = ${literal(TRIAL)} AND TG_OP <> 'TRUNCATE' THEN
    INSERT INTO tidegate.trial_write DEFAULT VALUES;
    RETURN NULL;
  END IF;
  IF coalesce(v_id, '') = '' OR NOT pg_input_is_valid(v_id, 'uuid') THEN
    RAISE EXCEPTION USING ERRCODE = 'TG001', MESSAGE = 'tidegate: the transaction names no reverse synchronisation message';
  END IF;
  SELECT * INTO v_message FROM tidegate.accepted_message WHERE message_id = v_id::uuid;
  IF NOT FOUND OR v_message.spent_at IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'TG002', MESSAGE = 'tidegate: the message was not accepted, or is spent';
  END IF;
  IF v_message.expires_at <= clock_timestamp() THEN
    RAISE EXCEPTION USING ERRCODE = 'TG003', MESSAGE = 'tidegate: the message has expired';
  END IF;
  IF v_message.link IS DISTINCT FROM v_link THEN
    RAISE EXCEPTION USING ERRCODE = 'TG006', MESSAGE = 'tidegate: the message belongs to another link';
  END IF;
  IF current_user <> session_user AND pg_trigger_depth() > 1 THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(f.column_name) INTO v_allowed
    FROM jsonb_array_elements(v_message.orders) o
    CROSS JOIN LATERAL (SELECT NULL AS column_name UNION ALL
                        SELECT v_fields -> v_link -> (o ->> 'collection') ->> field FROM jsonb_array_elements_text(o -> 'fields') field) f
   WHERE v_fields -> v_link ? (o ->> 'collection') AND o -> 'operations' ? left(TG_OP, 1);
  IF v_allowed IS NULL AND TG_OP = 'DELETE' THEN
    ${byReferenceOnly(capture, source)}
  ELSIF v_allowed IS NULL AND TG_OP = 'UPDATE' THEN
    v_allowed := '{}';
  END IF;
  IF v_allowed IS NULL OR TG_OP = 'TRUNCATE' THEN
    RAISE EXCEPTION USING ERRCODE = 'TG004', MESSAGE = 'tidegate: the message does not order this operation on this collection';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    ${updatedColumns(capture, source)}
  ELSIF TG_OP = 'INSERT' THEN
    ${insertedColumns(capture)}
  END IF;
  IF v_message.kind = 'release' AND (TG_OP <> 'UPDATE' OR v_changed <> '{}') THEN
    ${releasedRecords(capture, source)}
  END IF;
  IF v_allowed = '{}' AND v_changed <> '{}' THEN
    RAISE EXCEPTION USING ERRCODE = 'TG004', MESSAGE = 'tidegate: the message does not order this operation on this collection';
  END IF;
  IF NOT v_changed <@ array_remove(v_allowed, NULL) THEN
    RAISE EXCEPTION USING ERRCODE = 'TG005', MESSAGE = 'tidegate: the message does not order every field that changed';
  END IF;
  RETURN NULL;
END
`)}`;
}

/**
 * Columns that some link's message could order. Others are closed to the reverse role by grant; where they change all the
 * same, the CRM's own triggers did it.
 */
function orderable({ guarded, columns }: TableCapture): readonly ColumnShape[] {
  const names = new Set(Object.values(guarded).flatMap((collections) => Object.values(collections).flatMap((fields) => Object.values(fields))));
  return columns.filter(({ name, generated }) => names.has(name) && !generated);
}

function updatedColumns(capture: TableCapture, source: number): string {
  const [first] = capture.keyColumns.map(({ name }) => ident(name));
  const flags = orderable(capture).map((column) => {
    const acted = capture.actingKeys.flatMap((key, i) => {
      if (key.onDelete !== 'set null' || !key.columns.some(({ name }) => name === column.name)) return [];
      return [`(n.${ident(column.name)} IS NULL AND ${parentGone(key, i, source)})`];
    });
    const changed = changedCondition(column);
    return `CASE WHEN bool_or(${acted.length === 0 ? changed : `CASE WHEN ${changed} THEN NOT (${acted.join(' OR ')}) END`}) THEN ${literal(column.name)} END`;
  });
  return `SELECT ${listOf(flags)}, bool_or(o.${first} IS NULL OR n.${first} IS NULL) INTO v_changed, v_touched
      FROM ${transitionJoin(capture.keyColumns)};
    IF v_touched THEN
      RAISE EXCEPTION USING ERRCODE = 'TG004', MESSAGE = 'tidegate: a key never changes';
    END IF;`;
}

/**
 * A release allows one write, of the records that it names: it has to be spent in this very transaction. Of records that the
 * table gives their keys to (`localKeys` is null) there may be as many as it names. A window that waited for approval (`any`) is
 * named by its digest, which the injector proves. Rows that went with their parent are the reference's doing.
 */
function releasedRecords({ keyColumns, actingKeys }: TableCapture, source: number): string {
  const key = `ARRAY[${keyColumns.map(({ name }) => `o.${ident(name)}::text`).join(', ')}]`;
  const gone = actingKeys.flatMap((acting, i) => (acting.onDelete === 'cascade' ? [` AND NOT ${parentGone(acting, i, source)}`] : []));
  // Hashed: a release may name thousands.
  const others = (rows: string, unless = '') =>
    `SELECT CASE WHEN v_keys = 'null' THEN count(*) > v_most
                   ELSE coalesce(bool_or(to_jsonb(${key}) NOT IN (SELECT jsonb_array_elements(CASE jsonb_typeof(v_keys) WHEN 'array' THEN v_keys ELSE '[]' END))${unless}), false) END
      INTO v_touched FROM ${rows} o;`;
  return `IF NOT EXISTS (SELECT FROM tidegate.release_use u WHERE u.release_id = v_message.message_id AND u.xid = pg_current_xact_id()) THEN
      RAISE EXCEPTION USING ERRCODE = 'TG007', MESSAGE = 'tidegate: the release is not spent in this transaction';
    END IF;
    SELECT coalesce(o -> 'localKeys', '[]'), coalesce((o ->> 'most')::bigint, 1), coalesce((o ->> 'any')::boolean, false) INTO v_keys, v_most, v_touched
      FROM jsonb_array_elements(v_message.orders) o
     WHERE v_fields -> v_link ? (o ->> 'collection') ORDER BY o -> 'operations' ? left(TG_OP, 1) DESC LIMIT 1;
    -- Orders nothing of this table: refused below.
    IF v_touched OR v_keys IS NULL THEN
      v_touched := false;
    ELSIF TG_OP = 'DELETE' THEN
      ${others('old_rows', gone.join(''))}
    ELSE
      ${others('new_rows')}
    END IF;
    IF coalesce(v_touched, true) THEN
      RAISE EXCEPTION USING ERRCODE = 'TG008', MESSAGE = 'tidegate: the release names other records';
    END IF;`;
}

/** Lets deletes pass that are not ordered where every row went with its parent. */
function byReferenceOnly({ actingKeys }: TableCapture, source: number): string {
  const gone = actingKeys.flatMap((key, i) => (key.onDelete === 'cascade' ? [parentGone(key, i, source)] : []));
  if (gone.length === 0) return 'NULL;';
  return `IF NOT EXISTS (SELECT FROM old_rows o WHERE NOT (${gone.join(' OR ')})) THEN
      RETURN NULL;
    END IF;`;
}

const parentGone = ({ columns }: ActingKey, index: number, source: number): string =>
  `${parentFunctionName(source)}(${index}, ARRAY[${columns.map(({ name }) => `o.${ident(name)}::text`).join(', ')}])`;

/**
 * Statement that makes the function by which the guard asks whether a parent is gone: with its owner's rights, because a
 * parent that the reverse role must not see is not gone.
 */
export function parentFunction({ actingKeys }: TableCapture, source: number): string {
  const cases = actingKeys.map(({ columns, parentSchema, parentTable, parentColumns }, i) => {
    const match = parentColumns.map((name, j) => `p.${ident(name)} = (v_key[${j + 1}])::${columns[j]?.type ?? 'text'}`);
    return `  IF v_reference = ${i} THEN
    RETURN NOT EXISTS (SELECT FROM ${qualified(parentSchema, parentTable)} p WHERE ${match.join(' AND ')});
  END IF;`;
  });
  return `CREATE OR REPLACE FUNCTION ${parentFunctionName(source)}(v_reference int, v_key text[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS ${dollarQuoted(`
BEGIN
  IF array_position(v_key, NULL) IS NOT NULL THEN
    RETURN false;
  END IF;
${cases.join('\n')}
  RETURN false;
END
`)}`;
}

/** A new record's columns count as written where they hold a value that no default can have put there. */
function insertedColumns(capture: TableCapture): string {
  const flags = orderable(capture)
    .filter(({ hasDefault }) => !hasDefault)
    .map(({ name }) => `CASE WHEN bool_or(n.${ident(name)} IS NOT NULL) THEN ${literal(name)} END`);
  return `SELECT ${listOf(flags)} INTO v_changed FROM new_rows n;`;
}

const listOf = (flags: readonly string[]): string => (flags.length === 0 ? `'{}'::text[]` : `array_remove(ARRAY[${flags.join(', ')}], NULL)`);
