import type { Pool, PoolClient } from 'pg';
import { controlRow, controlRows } from '../control-rows.ts';
import { fieldSelections, localKeyOfLog, membership, tableSql, tenantCondition, typedKey } from '../extraction/collection-sql.ts';
import { findDrift } from '../extraction/drift.ts';
import { CREATE_STAGE, IN_WINDOW, STAGE } from '../extraction/net-effect.ts';
import { stageWindow } from '../extraction/window-stage.ts';
import { readTableShape } from '../introspection.ts';
import type { CollectionPlan } from '../plan.ts';
import { plannerSettings } from '../planner-settings.ts';
import { onConnection } from '../pool.ts';
import { ident, literal } from '../quoting.ts';
import type { CollectionForecast, PlannedDifference } from './plan-rows.ts';

/** What would travel to the cloud from now, of one collection. */
export interface ForwardForecast {
  readonly forecast: CollectionForecast;
  readonly differences: readonly PlannedDifference[];
  /** Whether all of it is a first load, and whether the table was truncated. */
  readonly load: boolean;
  readonly truncated: boolean;
}

interface Standing {
  readonly cursor: string | null;
  readonly state: string;
  readonly snapshot: string;
  readonly source: { readonly id: number; readonly columns: string[]; readonly keyColumns: string[] } | null;
  readonly truncated: boolean;
  readonly waiting: number;
}

const STANDING = `
  SELECT c.cursor::text AS cursor, c.state, pg_current_snapshot()::text AS snapshot,
         CASE WHEN s.id IS NOT NULL THEN json_build_object('id', s.id, 'columns', s.columns, 'keyColumns', s.key_columns) END AS source,
         EXISTS (SELECT FROM tidegate.change_log g WHERE g.source = s.id AND g.op = 'T' AND c.cursor IS NOT NULL AND NOT pg_visible_in_snapshot(g.xid, c.cursor)) AS truncated,
         (SELECT count(*) FROM tidegate.quarantine q WHERE q.link = $1 AND q.collection = $2 AND q.direction = 'forward' AND q.state = 'waiting') AS waiting
    FROM (SELECT 1) one
    LEFT JOIN tidegate.channel c ON c.link = $1 AND c.collection = $2 AND c.direction = 'forward'
    LEFT JOIN tidegate.source s ON s.schema_name = $3 AND s.table_name = $4`;

/** A forecast in which nothing happens. */
export const NOTHING: Omit<CollectionForecast, 'collection'> = {
  code: null,
  waits: null,
  insert: 0,
  update: 0,
  delete: 0,
  unchanged: 0,
  conflicted: 0,
  quarantined: 0,
  filtered: 0,
  following: 0,
};

/**
 * Works out what a forward run would send of a collection, from the CRM's own log since the last proven window, in a read-only
 * snapshot: no window is written down and no position moves.
 */
export async function planForward(pool: Pool, plan: CollectionPlan, sample: number): Promise<ForwardForecast> {
  return onConnection(pool, async (client) => {
    await client.query(CREATE_STAGE);
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${plannerSettings('lookups')}`);
    await client.query(`SELECT set_config('tidegate.tenant', $1, true)`, [plan.link.tenant]);
    const found = await forecast(client, plan, sample);
    await client.query('ROLLBACK');
    return found;
  });
}

async function forecast(client: PoolClient, plan: CollectionPlan, sample: number): Promise<ForwardForecast> {
  const collection = plan.definition.name;
  const { schema, table } = plan.binding;
  const standing = await controlRow<Standing>(client, STANDING, [plan.linkName, collection, schema, table]);
  const shape = await readTableShape(client, schema, table);
  const drift = findDrift(plan, shape, standing?.source ?? undefined);
  const none = { differences: [], load: false, truncated: false };
  if (standing === undefined || shape === undefined || standing.source === null || drift.length > 0)
    return { ...none, forecast: { collection, ...NOTHING, code: 'schema-drifted' } };
  const quarantined = standing.waiting;
  if (standing.cursor === null) {
    const inside = membership(plan) ?? 'true';
    const counts = await controlRow<{ inside: number; outside: number }>(
      client,
      `SELECT count(*) FILTER (WHERE ${inside}) AS inside, count(*) FILTER (WHERE (${inside}) IS NOT TRUE) AS outside FROM ${tableSql(plan)}`,
    );
    return { ...none, load: true, forecast: { collection, ...NOTHING, quarantined, insert: counts?.inside ?? 0, filtered: counts?.outside ?? 0 } };
  }
  const range = { source: standing.source.id, from: standing.cursor, to: standing.snapshot, afterKey: null, upToKey: null, maxRows: null, withBase: false };
  await stageWindow({ client, stage: { collections: new Set(), planning: 'lookups' } }, plan, shape, range);
  const counts = await controlRow<Pick<CollectionForecast, 'insert' | 'update' | 'delete' | 'filtered'>>(
    client,
    `SELECT count(*) FILTER (WHERE op = 'I') AS insert, count(*) FILTER (WHERE op = 'U') AS update, count(*) FILTER (WHERE op = 'D') AS delete,
            count(*) FILTER (WHERE op = 'F') AS filtered FROM ${STAGE} WHERE collection = $1`,
    [collection],
  );
  const differences = await readDifferences(client, plan, shape, [range.source, range.from, range.to, sample]);
  return { forecast: { collection, ...NOTHING, ...counts, quarantined }, differences, load: false, truncated: standing.truncated };
}

/** Fields of the first records: their first old value in the window's log, and what the table holds now, both as on the wire. */
async function readDifferences(
  client: PoolClient,
  plan: CollectionPlan,
  shape: Parameters<typeof typedKey>[1],
  parameters: readonly unknown[],
): Promise<readonly PlannedDifference[]> {
  const keys = typedKey(plan, shape);
  const join = [...keys.map(({ column, type, place }) => `t.${ident(column)} = (w.key[${place}])::${type}`), ...tenantCondition(plan, 't')];
  const selections = fieldSelections(plan, 't', localKeyOfLog(plan, 'w.key'));
  const fields = plan.definition.fields.map(({ name }, i) => {
    const column = plan.binding.columns.find(({ field }) => field === name)?.column ?? name;
    return { name, sql: `(${literal(name)}, ${literal(column)}, (${selections[i] ?? 'NULL'})::text)` };
  });
  const values = fields.filter(({ name }) => !plan.definition.key.includes(name)).map(({ sql }) => sql);
  const sql = `
    SELECT ${literal(plan.definition.name)} AS collection, ${localKeyOfLog(plan, 'w.key')} AS key, w.op,
           CASE w.op WHEN 'I' THEN 'insert' WHEN 'U' THEN 'update' ELSE 'delete' END AS outcome, f.field, f.before, f.after, NULL AS code
      FROM (SELECT key, op, changed FROM ${STAGE} WHERE collection = ${literal(plan.definition.name)} AND op <> 'F' ORDER BY key LIMIT $4) w
      LEFT JOIN ${tableSql(plan)} t ON w.op <> 'D' AND ${join.join(' AND ')}
      CROSS JOIN LATERAL (
        SELECT NULL AS field, NULL AS before, NULL AS after WHERE w.op = 'D'
        UNION ALL
        SELECT v.field, CASE WHEN w.op = 'U' THEN (
                 SELECT l.old ->> v.col FROM tidegate.change_log l WHERE ${IN_WINDOW} AND l.key = w.key AND l.op IN ('U', 'D') AND l.old ? v.col ORDER BY l.id LIMIT 1) END, v.value
          FROM (VALUES ${values.length === 0 ? `(NULL::text, NULL::text, NULL::text)` : values.join(', ')}) v (field, col, value)
         WHERE w.op <> 'D' AND v.field IS NOT NULL AND (w.changed = '*' AND v.value IS NOT NULL OR v.field = ANY (string_to_array(w.changed, '|')))
      ) f
     ORDER BY w.key, f.field`;
  return controlRows<PlannedDifference>(client, sql, [...parameters]);
}
