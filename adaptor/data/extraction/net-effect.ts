import { ALL_FIELDS, WIRE_LIST_SEPARATOR } from '../../../exchange/wire-row.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, filterColumns } from '../plan.ts';
import { ident, literal, textArray } from '../quoting.ts';
import { localKeyOfLog, membership, privacy, tableSql, tenantCondition, typeOf, typedKey, wireKeyOf } from './collection-sql.ts';

/*
 * The net effect of a window's log rows, one row a record, staged in a temporary table of the session:
 *
 *   op       I, U, D as they go on the wire (a row that became private goes as D); F: kept back by the filter
 *   changed  names of changed fields, or `*`
 *   base     reverse: forward ordinals on which the changes were based, one for each name
 *   place    where the record lies, as long as the snapshot is open; null where it is gone
 *
 * What a record was at the window's beginning is told by the first old values in the log, so a record that left the filter,
 * entered it, or was never in it are told apart without a second copy. Rows that this link's own reverse windows wrote count
 * only for the filter.
 */

/** The staging table of a session's windows. */
export const STAGE = 'pg_temp.tidegate_window';

/** Makes the staging tables; outside of a transaction, once for each session. */
export const CREATE_STAGE = `CREATE TEMPORARY TABLE IF NOT EXISTS tidegate_window (collection text, key text[], op text, changed text, base text, actor text, place tid) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS tidegate_window_log (id bigint, xid xid8, key text[], op "char", old jsonb, actor text, seen pg_snapshot, base bigint, echo boolean) ON COMMIT DELETE ROWS`;

/** The log rows of a large window, in a table of their own. */
export const LOG_STAGE = 'pg_temp.tidegate_window_log';

/** Condition on log rows `l` of one source between two snapshots: $1 source, $2 from, $3 to. The lower bound lets the index serve it. */
export const IN_WINDOW = `l.source = $1::int AND l.xid >= pg_snapshot_xmin($2::pg_snapshot) AND l.xid < pg_snapshot_xmax($3::pg_snapshot)
     AND pg_visible_in_snapshot(l.xid, $3::pg_snapshot) AND NOT pg_visible_in_snapshot(l.xid, $2::pg_snapshot)`;

/** Log rows that count for a window; rows of this link's own writing (`echo`) for the filter only. $1 source, $2 from, $3 to, $4 link. */
function windowLog(plan: CollectionPlan): string {
  const filter = filterColumns(plan);
  return `SELECT l.id, l.xid, l.key, l.op::"char" AS op, l.old, l.actor, l.seen, l.base, l.op = 'U' AND l.origin IS NOT DISTINCT FROM $4 AS echo
    FROM tidegate.change_log l
   WHERE ${IN_WINDOW} AND l.op <> 'T'${plan.binding.tenantColumn === undefined ? '' : ` AND l.key[1] = ${literal(plan.link.tenant)}`}
     AND CASE WHEN l.op = 'R' THEN l.origin = $4 WHEN l.origin = $4 THEN ${filter.length === 0 ? 'false' : `l.op = 'U' AND l.old ?| ${textArray(filter)}`} ELSE true END`;
}

/** Statement that copies the log rows of a window aside. The same parameters. */
export const stageLogStatement = (plan: CollectionPlan): string => `INSERT INTO ${LOG_STAGE} ${windowLog(plan)}`;

/**
 * Statement that stages a window: $1 source, $2 from, $3 to (texts of pg_snapshot), $4 link; of a window whose log rows are staged, $1 link
 * where it is read with its base, else none.
 */
export function stageStatement(plan: CollectionPlan, shape: TableShape, { withBase, logIsStaged }: { withBase: boolean; logIsStaged: boolean }): string {
  const link = logIsStaged ? '$1' : '$4';
  const keys = typedKey(plan, shape);
  const filter = filterColumns(plan);
  const inside = membership(plan);
  const keyNames = keys.map((_, i) => `k${i + 1}`);
  const tenant = tenantCondition(plan);
  const gated = plan.binding.private !== undefined;
  return `INSERT INTO ${STAGE} (collection, key, op, changed, base, actor, place)
WITH log AS (
  SELECT l.id, l.xid, l.key, l.op, l.old, l.actor, l.seen, l.base AS loaded, l.echo,
         ${keys.map(({ type, place }, i) => `(l.key[${place}])::${type} AS k${i + 1}`).join(', ')}
    FROM ${logIsStaged ? LOG_STAGE : `(${windowLog(plan)})`} l
)${withBase ? `, ${baseCte(plan, link)}` : ''}, net AS (
  SELECT ${keyNames.join(', ')}, min(l.key) AS key,
         bool_or(l.op = 'I') AND (NOT bool_or(l.op = 'D') OR (array_agg(l.op ORDER BY l.id) FILTER (WHERE l.op IN ('I', 'D')))[1] = 'I') AS new,
         bool_or(l.op IN ('I', 'D') OR (l.op = 'R' AND l.old IS NULL)) AS whole,
         bool_or(l.op = 'R') AS resend,
         (array_agg(l.actor ORDER BY l.id) FILTER (WHERE NOT l.echo))[(count(*) FILTER (WHERE NOT l.echo))::int] AS actor,
         ${changedList(plan)} AS changed,
         ${withBase ? `min(l.base)::text AS whole_base, ${baseList(plan)} AS base` : 'NULL::text AS whole_base, NULL::text AS base'}${filter
           .map(
             (column, i) =>
               `,\n         ${oldValue(column)} AS s${i + 1}, coalesce(bool_or(l.op IN ('U', 'D') AND l.old ? ${literal(column)}), false) AS t${i + 1}`,
           )
           .join('')}
    FROM ${withBase ? 'based' : 'log'} l GROUP BY ${keyNames.join(', ')}
), state AS (
  SELECT n.*, t.place, t.present IS NOT NULL AS present,${gated ? ' t.private IS TRUE AS private,' : ''} ${inside === undefined ? 't.present IS NOT NULL' : 't.inside IS TRUE'} AS inside,
         NOT n.new AND ${startState(plan, shape, inside, filter)} AS was_inside${
           gated
             ? `,
         t.private IS TRUE AND NOT n.new AND (${startState(plan, shape, privacy(plan), filter, 'private')}) IS NOT TRUE AS became_private`
             : ''
         }
    FROM net n LEFT JOIN (
      SELECT true AS present, ctid AS place, ${keys.map(({ column }, i) => `${ident(column)} AS k${i + 1}`).join(', ')}${inside === undefined ? '' : `, ${inside} AS inside`}${gated ? `, ${privacy(plan)} AS private` : ''}${filter
        .map((column, i) => `, ${ident(column)} AS f${i + 1}`)
        .join('')}
        FROM ${tableSql(plan)}${tenant.length === 0 ? '' : ` WHERE ${tenant.join(' AND ')}`}) t
      ON ${keyNames.map((name) => `t.${name} = n.${name}`).join(' AND ')}
)
SELECT ${literal(plan.definition.name)}, d.key, d.op,
       CASE WHEN d.everything THEN ${wholeList(plan)} ELSE d.changed END,
       CASE WHEN d.everything THEN d.whole_base ELSE d.base END, d.actor, d.place
  FROM (
    SELECT s.*, s.whole OR NOT s.was_inside OR NOT s.inside AS everything,
           CASE WHEN s.inside AND s.new THEN 'I'
                WHEN s.inside AND (s.whole OR NOT s.was_inside OR s.changed <> '') THEN 'U'
                WHEN s.inside THEN NULL
                ${gated ? `WHEN s.present AND (s.became_private OR s.private AND s.resend) THEN 'D'` : ''}
                WHEN s.present THEN ${plan.binding.outOfScope === 'retract' ? `CASE WHEN s.was_inside OR s.resend THEN 'D' ELSE 'F' END` : `'F'`}
                WHEN s.resend THEN 'D'
                WHEN s.new THEN NULL
                WHEN s.was_inside THEN 'D'
                ELSE 'F' END AS op
      FROM state s) d
 WHERE d.op IS NOT NULL`;
}

/** Bound columns of fields beside the key whose changes may leave this store. */
function valueColumns(plan: CollectionPlan): readonly { readonly field: string; readonly column: string }[] {
  const staying = new Set(plan.side === 'crm' ? plan.definition.fields.filter(({ authority }) => authority === 'cloud').map(({ name }) => name) : []);
  return plan.binding.columns.filter(({ field }) => !plan.definition.key.includes(field) && !staying.has(field));
}

/**
 * `changed` of a record that goes whole: `*`, but for a known record of which some fields are the cloud's to keep, or of which
 * this store cannot hold some: "cannot hold" is not "cleared".
 */
function wholeList(plan: CollectionPlan): string {
  const all = literal(ALL_FIELDS);
  const leaving = valueColumns(plan);
  if (leaving.length === plan.definition.fields.length - plan.definition.key.length) return all;
  return `CASE WHEN d.op = 'U' THEN ${literal(leaving.map(({ field }) => field).join(WIRE_LIST_SEPARATOR))} ELSE ${all} END`;
}

/** Names of the fields that rows of users (or resends) touched. */
function changedList(plan: CollectionPlan): string {
  const parts = valueColumns(plan).map(({ field, column }) => `CASE WHEN bool_or(${touches(column)}) THEN ${literal(field)} END`);
  return listed(parts);
}

/** For each of them the base of the first row that touched it: bases grow with the log of a record, so it is the least. */
function baseList(plan: CollectionPlan): string {
  return listed(valueColumns(plan).map(({ column }) => `(min(l.base) FILTER (WHERE ${touches(column)}))::text`));
}

/** As an array: a call cannot have as many arguments as a table has columns. */
const listed = (parts: readonly string[]): string => `concat_ws('${WIRE_LIST_SEPARATOR}', VARIADIC ARRAY[${parts.join(', ')}]::text[])`;

const touches = (column: string): string => `NOT l.echo AND l.op IN ('U', 'R') AND l.old ? ${literal(column)}`;

/** Value of a column before the first change in the window. */
const oldValue = (column: string): string =>
  `(array_agg(l.old ->> ${literal(column)} ORDER BY l.id) FILTER (WHERE l.op IN ('U', 'D') AND l.old ? ${literal(column)}))[1]`;

/** Whether a condition on the filter columns held at the window's beginning for a record that was there; `now` says whether it holds. */
function startState(plan: CollectionPlan, shape: TableShape, inside: string | undefined, filter: readonly string[], now = 'inside'): string {
  if (inside === undefined) return 'true';
  const touched = filter.map((_, i) => `n.t${i + 1}`).join(' OR ');
  const columns = filter.map((column, i) => {
    const type = typeOf(shape, column);
    // Rows logged before the column got its type of today may not fit it: unknown then.
    return `CASE WHEN NOT n.t${i + 1} THEN t.f${i + 1} WHEN pg_input_is_valid(n.s${i + 1}, ${literal(type)}) THEN n.s${i + 1}::${type} END AS ${ident(column)}`;
  });
  return `CASE WHEN ${touched} THEN (SELECT ${inside} FROM (SELECT ${columns.join(', ')}) x) WHEN t.present IS NULL THEN true ELSE t.${now} IS TRUE END`;
}

/**
 * The forward window that a cloud user's edit was based on: the last one that its statement could see (rule 7). What a trigger
 * made of a window's records while they were written is based on that very window: it runs in the same transaction. A new load
 * gives edits that wait a base of its own (see reload-records.ts).
 */
function baseCte(plan: CollectionPlan, link: string): string {
  return `bases AS MATERIALIZED (
  SELECT s.seen, s.xid, coalesce((SELECT w.ordinal FROM tidegate.window w
                            WHERE w.link = ${link} AND w.collection = ${literal(plan.definition.name)} AND w.direction = 'forward'
                              AND w.state = 'applied' AND w.applied_xid IS NOT NULL
                              AND (w.applied_xid = s.xid OR pg_visible_in_snapshot(w.applied_xid, s.seen::pg_snapshot))
                            ORDER BY w.ordinal DESC LIMIT 1), 0) AS base
    FROM (SELECT DISTINCT seen::text AS seen, xid FROM log WHERE seen IS NOT NULL) s
), based AS (
  SELECT log.*, coalesce(log.loaded, least(coalesce(b.base, 0), ${seenLess(plan, link)})) AS base
    FROM log LEFT JOIN bases b ON b.seen = log.seen::text AND b.xid = log.xid
)`;
}

/**
 * What this store could not take of a record, its users have not seen: an edit made while it waited in quarantine is based on
 * the window before. Else the CRM's value would give way to an edit that knew nothing of it.
 */
function seenLess(plan: CollectionPlan, link: string): string {
  const local = localKeyOfLog(plan, 'log.key');
  const wire = plan.binding.identity.kind === 'shared' ? local : `ARRAY[${wireKeyOf(plan, plan.definition.name, local)}]`;
  return `(SELECT min(q.ordinal) - 1 FROM tidegate.quarantine q
            WHERE q.link = ${link} AND q.collection = ${literal(plan.definition.name)} AND q.direction = 'forward' AND q.key = ${wire} AND q.ordinal <= b.base
              AND (q.state = 'waiting' OR EXISTS (SELECT FROM tidegate.window w WHERE w.link = q.link AND w.collection = q.collection AND w.direction = 'forward'
                                                     AND w.started_at = q.resolved_at AND w.ordinal > b.base)))`;
}
