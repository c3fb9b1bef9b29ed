import { ALL_FIELDS, WIRE_LIST_SEPARATOR } from '../../../exchange/wire-row.ts';
import { controlRows } from '../control-rows.ts';
import { type CollectionPlan, columnOf, keyColumns, logKeyColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident, literal, qualified } from '../quoting.ts';
import type { ReleasedRecord } from '../release/released-record.ts';
import { LATER_ENTRY } from './ledger-values.ts';
import type { RunEffect } from './run-effects.ts';

/** Why an undo leaves a record alone. */
export type UndoRefusalCode = 'edited-since' | 'values-destroyed' | 'definition-changed';

/** A record that an undo leaves alone. */
export interface UndoRefusal {
  readonly collection: string;
  readonly key: readonly string[];
  readonly code: UndoRefusalCode;
}

/** What an undo writes into one collection, and what it leaves alone. */
export interface UndoneRecords {
  readonly records: readonly ReleasedRecord[];
  /** Keys in the CRM's table of those records that have one: not of records that come back into a table that makes its keys. */
  readonly localKeys: readonly (readonly string[] | null)[];
  readonly refusals: readonly UndoRefusal[];
}

interface Standing {
  readonly place: number;
  readonly localKey: string[] | null;
  readonly edited: boolean;
}

/**
 * The records of one collection as they were before a run, in the form of the wire. A record counts as edited since where a CRM user
 * or a later run wrote to it after the run, or where it is not as the run left it. `run`: what the run did, in all collections.
 */
export async function undoneRecords(client: Queryable, plan: CollectionPlan, run: readonly RunEffect[], actor: string): Promise<UndoneRecords> {
  const effects = run.filter(({ collection }) => collection === plan.definition.name);
  const standings = await readStandings(client, plan, effects);
  const wire = wireValues(plan, effects, await wireParents(client, plan, effects, run));
  const records: ReleasedRecord[] = [];
  const localKeys: (readonly string[] | null)[] = [];
  const refusals: UndoRefusal[] = [];
  for (const [place, effect] of effects.entries()) {
    const { collection, key } = effect;
    const standing = standings[place];
    const values = wire[place];
    const code = refusalOf(effect, standing, values);
    if (code !== undefined || values === undefined) {
      refusals.push({ collection, key, code: code ?? 'definition-changed' });
      continue;
    }
    records.push(recordOf(effect, values, actor));
    localKeys.push(standing?.localKey ?? null);
  }
  return { records, localKeys, refusals };
}

function refusalOf(effect: RunEffect, standing: Standing | undefined, values: object | undefined): UndoRefusalCode | undefined {
  if (effect.gone) return 'values-destroyed';
  if (standing?.edited !== false) return 'edited-since';
  return values === undefined ? 'definition-changed' : undefined;
}

function recordOf(
  { collection, key, existed, exists, before, after }: RunEffect,
  values: Readonly<Record<string, string | null>>,
  actor: string,
): ReleasedRecord {
  const common = { collection, key, base: null, actor } as const;
  if (!existed) return { ...common, op: 'D', changed: ALL_FIELDS, record: {} };
  if (!exists) return { ...common, op: 'I', changed: ALL_FIELDS, record: values };
  const changed = Object.keys(after).filter((field) => after[field] !== before[field]);
  return { ...common, op: 'U', changed: changed.toSorted().join(WIRE_LIST_SEPARATOR), record: Object.fromEntries(changed.map((f) => [f, values[f] ?? null])) };
}

/** How each record stands now: its key here, and whether it was edited since. */
async function readStandings(client: Queryable, plan: CollectionPlan, effects: readonly RunEffect[]): Promise<readonly Standing[]> {
  const { schema, table, identity } = plan.binding;
  const columns = keyColumns(plan);
  const types = await keyTypes(client, plan);
  const linked = identity.kind === 'linked';
  const local = columns.map((_, i) => (linked ? `r.local_key[${i + 1}]` : `(e.key[${i + 1}])::${types[i]}::text`));
  const match = columns.map((column, i) => `t.${ident(column)} = (e.local[${i + 1}])::${types[i]}`);
  const tenant = logKeyColumns(plan).length > columns.length ? [literal(plan.link.tenant)] : [];
  const differs = plan.binding.columns.map(
    ({ field, column }) => `(e.after ? ${literal(field)} AND t.${ident(column)}::text IS DISTINCT FROM e.after ->> ${literal(field)})`,
  );
  const given = effects.map(({ key, after, exists, lastId, batchId }, place) => ({ place, key, after, exists, last_id: lastId, batch_id: batchId }));
  // The run's own rows of the log are those of its window's transaction; without them the ledger and the values have to tell.
  const sql = `
    WITH given AS MATERIALIZED (
      SELECT g.*, ARRAY(SELECT jsonb_array_elements_text(g.key)) AS wire FROM jsonb_to_recordset($3::jsonb)
        AS g (place int, key jsonb, after jsonb, "exists" boolean, last_id bigint, batch_id uuid)
    ), e AS MATERIALIZED (
      SELECT e.place, e.wire AS key, e.after, e."exists", e.last_id, e.batch_id, ${local.length === 0 ? `'{}'::text[]` : `ARRAY[${local.join(', ')}]`} AS local
        FROM (SELECT place, wire, wire AS key, after, "exists", last_id, batch_id FROM given) e
        ${linked ? `LEFT JOIN tidegate.record_link r ON r.link = $1 AND r.collection = $2 AND r.wire_key = e.key` : ''}
    ), placed AS (
      SELECT e.*, ARRAY[${[...tenant, ...columns.map((_, i) => `e.local[${i + 1}]`)].join(', ')}]::text[] AS log_key,
             (SELECT s.id FROM tidegate.source s WHERE s.schema_name = ${literal(schema)} AND s.table_name = ${literal(table)}) AS source,
             (SELECT w.applied_xid FROM tidegate."window" w WHERE w.link = $1 AND w.collection = $2 AND w.direction = 'reverse' AND w.batch_id = e.batch_id) AS xid
        FROM e
    )
    SELECT e.place, CASE WHEN ${linked ? `t.${ident(columns[0] ?? '')}` : 'e.local[1]'} IS NOT NULL THEN e.local END AS "localKey",
           ((t.${ident(columns[0] ?? '')} IS NOT NULL) <> e."exists"
             OR e."exists" AND (${differs.length === 0 ? 'false' : differs.join(' OR ')})
             OR ${LATER_ENTRY}
             OR EXISTS (SELECT FROM tidegate.change_log c WHERE c.source = e.source AND c.key = e.log_key AND c.op IN ('I', 'U', 'D') AND c.origin IS DISTINCT FROM $1
                         AND c.id > (SELECT max(o.id) FROM tidegate.change_log o WHERE o.source = e.source AND o.key = e.log_key AND o.xid = e.xid))) AS edited
      FROM placed e LEFT JOIN ${qualified(schema, table)} t ON ${match.join(' AND ')}
     ORDER BY e.place`;
  return controlRows<Standing>(client, sql, [plan.linkName, plan.definition.name, JSON.stringify(given)]);
}

async function keyTypes(client: Queryable, { binding, definition }: CollectionPlan): Promise<readonly string[]> {
  const rows = await controlRows<{ name: string; type: string }>(
    client,
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [qualified(binding.schema, binding.table)],
  );
  return definition.key.map((field) => {
    const column = binding.columns.find((bound) => bound.field === field)?.column;
    return rows.find(({ name }) => name === column)?.type ?? 'text';
  });
}

/** Values before the run in the form of the wire; undefined for a record with a field or value that the definition no longer has. */
function wireValues(
  plan: CollectionPlan,
  effects: readonly RunEffect[],
  parents: ReadonlyMap<string, string | null>,
): readonly (Readonly<Record<string, string | null>> | undefined)[] {
  return effects.map(({ before, after, existed, exists }, place) => {
    const record: Record<string, string | null> = {};
    const needed = !existed ? [] : exists ? Object.keys(after) : Object.keys(before);
    for (const field of needed) {
      const bound = columnOf(plan, field);
      const value = before[field] ?? null;
      if (bound === undefined) return undefined;
      const parent = parents.get(`${place}/${field}`);
      if (value === null || (bound.enumeration === undefined && parent === undefined)) record[field] = value;
      else {
        const translated = bound.enumeration === undefined ? parent : Object.entries(bound.enumeration).find(([, own]) => own === value)?.[0];
        if (translated == null) return undefined;
        record[field] = translated;
      }
    }
    return record;
  });
}

/** Keys of linked parents as the wire has them, by `place/field`: those that are here, and those that went in the same run. */
async function wireParents(
  client: Queryable,
  plan: CollectionPlan,
  effects: readonly RunEffect[],
  run: readonly RunEffect[],
): Promise<ReadonlyMap<string, string | null>> {
  const found = new Map<string, string | null>();
  const gone = new Map(run.flatMap(({ collection, key, ownKey }) => (ownKey === undefined ? [] : [[nameOf(collection, ownKey), key] as const])));
  for (const { fields, collection } of plan.definition.references.filter((reference) => plan.linkedParents.includes(reference.collection))) {
    const asked = effects.flatMap(({ before }, place) =>
      fields.every((field) => before[field] != null) ? [{ place, local: fields.map((field) => before[field]) }] : [],
    );
    const rows = await controlRows<{ place: number; wire: string[] | null }>(
      client,
      `SELECT a.place, r.wire_key AS wire FROM jsonb_to_recordset($3::jsonb) AS a (place int, local jsonb)
         LEFT JOIN tidegate.record_link r ON r.link = $1 AND r.collection = $2 AND to_jsonb(r.local_key) = a.local`,
      [plan.linkName, collection, JSON.stringify(asked)],
    );
    for (const { place, wire } of rows) {
      const key = wire ?? gone.get(nameOf(collection, JSON.stringify(asked.find((one) => one.place === place)?.local)));
      fields.forEach((field, i) => found.set(`${place}/${field}`, key?.[i] ?? null));
    }
  }
  return found;
}

/** A record by its collection and its own key, a JSON array of texts however it was spaced. */
const nameOf = (collection: string, ownKey: string): string => JSON.stringify([collection, JSON.parse(ownKey)]);
