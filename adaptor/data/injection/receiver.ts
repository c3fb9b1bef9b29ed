import type { PoolClient } from 'pg';
import type { Pool } from 'pg';
import type { FieldDefinition } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type CollectionPlan, columnOf } from '../plan.ts';
import { canonicalJson } from '../canonical-json.ts';
import { ident, literal, qualified, textArray } from '../quoting.ts';
import { type ReceivingColumn, type ReceivingForeignKey, type ReceivingTable, readReceivingTable } from './receiving-table.ts';
import { LOCATED, stageTable } from './stage.ts';

/** How one field of a staged row `s` reaches its column in the table `t`, as SQL. */
export interface ReceivingField extends FieldDefinition {
  readonly column: ReceivingColumn;
  /** Text in this store's terms: enumerations and keys of linked parents translated. */
  readonly text: string;
  /** The value that is written. */
  readonly value: string;
  /** The value that a write of it leaves behind where no trigger interferes, in the column's type. */
  readonly landed: string;
  /** The value in the table, as text. */
  readonly stored: string;
  /** Whether a staged value is a listed one; undefined where any text will do. */
  readonly listed?: string;
}

/** All that the statements of one plan on one table are made from. */
export interface Receiver {
  readonly plan: CollectionPlan;
  readonly table: string;
  readonly stage: string;
  readonly key: readonly ReceivingField[];
  /** Fields beside the key that this store has, in the order of the wire. */
  readonly fields: readonly ReceivingField[];
  /** Selected staged rows `s` with the typed values of their keys, to be joined by `match`. */
  readonly selected: string;
  /** The same with nothing but their keys: what sorts them carries no values. */
  readonly selectedKeys: string;
  /**
   * Whether `t` is the record of `s`, a row of `selected`. Under row level security an index serves a join on plain columns
   * only: a cast in the condition may leak, and the whole table would be read instead.
   */
  readonly match: string;
  /** The same rows and match by where the locked records lie (see locatedReceiver). */
  readonly located: { readonly selected: string; readonly match: string };
  /** The same for any staged row, in a subquery for each: there its values are parameters. */
  readonly rowMatch: string;
  /** Key of `s` as the change log writes it; null while a linked record has no key here. */
  readonly logKey: string;
  /** Key of `s` on the wire. */
  readonly wireKey: string;
  readonly linked: boolean;
  readonly foreignKeys: readonly ReceivingForeignKey[];
  readonly constraintColumns: ReceivingTable['constraintColumns'];
  /** Whether something of the table's owner can make other values of a new row's than were written; or of a changed row's. */
  readonly altersInserts: boolean;
  readonly altersUpdates: boolean;
  readonly deletable: boolean;
  /** Whether every record that this role sees can be locked by it, so that a record which was not locked is not there. */
  readonly locatable: boolean;
  readonly stamp: string;
  /** The same for rows that another relation holds, given as SQL. */
  readonly from: (stage: string) => Receiver;
}

/** Staged rows that a statement works on: $1 the pass, $2 and $3 the places between which. */
export const SELECTED = `s."$round" = $1::int and s."$n" between $2::bigint and $3::bigint and s."$code" is null`;

/** Whether a field is among the changed ones of `s`. */
export function changedSql(field: string): string {
  return `(s."$changes" is null or ${literal(field)} = any (s."$changes"))`;
}

/** Whether a field of `s` is to be written: changed, and not held back. */
export function takenSql(field: string): string {
  return `${changedSql(field)} and (s."$held" is null or ${literal(field)} <> all (s."$held"))`;
}

/** The record `t` of the table as it is, without its key: field -> text. */
export function heldRecordSql({ fields }: Pick<Receiver, 'fields'>): string {
  return `jsonb_object(${textArray(fields.map((f) => f.name))}, array[${fields.map((f) => f.stored).join(', ')}]::text[])`;
}

const receivers = new WeakMap<Pool, Map<string, Receiver>>();

/** The receiver of a plan, made once for each pool and made anew when the table's stamp says that it changed. Throws `schema-drifted`. */
export async function receiverOf(pool: Pool, client: PoolClient, plan: CollectionPlan, stamp: string): Promise<Receiver> {
  let known = receivers.get(pool);
  if (known === undefined) receivers.set(pool, (known = new Map()));
  const name = canonicalJson([plan.linkName, plan.schemaHash, plan.binding, plan.linkedParents]);
  const found = known.get(name);
  if (found?.stamp === stamp) return found;
  const made = makeReceiver(plan, await readReceivingTable(client, plan));
  known.set(name, made);
  return made;
}

/** The SQL of a plan on a table as it is. Throws `schema-drifted` where a bound column is missing. */
export function makeReceiver(plan: CollectionPlan, table: ReceivingTable, stage: string = stageTable(plan)): Receiver {
  const { tenantColumn, identity, schema, table: name } = plan.binding;
  const missing = plan.binding.columns.filter(({ column }) => !table.columns.some((c) => c.name === column)).map(({ column }) => `${column}: missing`);
  if (missing.length > 0)
    throw new TidegateError('schema-drifted', `${plan.definition.name}: ${missing.join('; ')}.`, { collection: plan.definition.name, columns: missing });
  const linked = identity.kind === 'linked';
  const all = plan.definition.fields.flatMap((field) => receivingField(plan, table, field));
  const key = plan.definition.key.flatMap((k) => all.filter((f) => f.name === k));
  const tenant = tenantColumn === undefined ? [] : [[tenantColumn, literal(plan.link.tenant)] as const];
  const generates = all.some((f) => f.column.generated);
  const keyValues = key.map((f, i) => [f.column.name, linked ? `(s."$local")[${i + 1}]::${f.column.bareType}` : f.value] as const);
  const values = keyValues.map(([, value]) => value);
  const match = [...tenant, ...keyValues.map(([column], i) => [column, `s."$k${i + 1}"`] as const)]
    .map(([column, value]) => `t.${ident(column)} = ${value}`)
    .join(' and ');
  return {
    plan,
    table: qualified(schema, name),
    stage,
    key,
    fields: all.filter((f) => !plan.definition.key.includes(f.name)),
    selected: selectedRows(`${stage} s`, 's.*', values),
    selectedKeys: selectedRows(`${stage} s`, 's."$n"', values),
    match,
    located: {
      selected: selectedRows(`${stage} s left join ${LOCATED} l on l.n = s."$n"`, 's.*, l.tid as "$tid"', values),
      match: `t.ctid = s."$tid" and ${match}`,
    },
    rowMatch: [...tenant, ...keyValues].map(([column, value]) => `t.${ident(column)} = ${value}`).join(' and '),
    logKey: linked
      ? `(${textArray(tenant.map(() => plan.link.tenant))} || s."$local")`
      : `array[${[...tenant.map(([, value]) => value), ...keyValues.map(([, value]) => `(${value})::text`)].join(', ')}]::text[]`,
    wireKey: `array[${key.map((f) => `s.${ident(f.name)}`).join(', ')}]::text[]`,
    linked,
    foreignKeys: table.foreignKeys,
    constraintColumns: table.constraintColumns,
    altersInserts: table.altersInserts || generates,
    altersUpdates: table.altersUpdates || generates,
    deletable: table.deletable,
    locatable: !table.hidesFromUpdates,
    stamp: table.stamp,
    from: (rows) => makeReceiver(plan, table, rows),
  };
}

/**
 * The same receiver for rows whose records were just locked (lock-records.ts): they are read where they lie, and not looked up
 * by key, or the whole table hashed, for each statement. Locked rows stay where they are until the transaction writes them.
 */
export function locatedReceiver(receiver: Receiver): Receiver {
  return receiver.locatable ? { ...receiver, ...receiver.located } : receiver;
}

/** `offset 0` keeps the casts below the join; only selected rows, because others may hold what is no key. */
function selectedRows(rows: string, columns: string, keyValues: readonly string[]): string {
  return `(select ${columns}, ${keyValues.map((value, i) => `${value} as "$k${i + 1}"`).join(', ')} from ${rows} where ${SELECTED} offset 0) s`;
}

function receivingField(plan: CollectionPlan, table: ReceivingTable, field: FieldDefinition): readonly ReceivingField[] {
  const bound = columnOf(plan, field.name);
  const column = table.columns.find((c) => c.name === bound?.column);
  if (bound === undefined || column === undefined) return [];
  const staged = `s.${ident(field.name)}`;
  const { text, listed } = translated(plan, field.name, staged, bound.enumeration);
  const value = column.bareType === 'text' ? text : `(${text})::${column.bareType}`;
  const stored = `t.${ident(column.name)}::text`;
  return [{ ...field, column, text, value, stored, landed: `(${value})::${column.type}`, ...(listed === undefined ? {} : { listed }) }];
}

/** A staged value in this store's terms, and when it has any. */
function translated(plan: CollectionPlan, field: string, staged: string, enumeration?: Readonly<Record<string, string>>): { text: string; listed?: string } {
  if (enumeration !== undefined) {
    const cases = Object.entries(enumeration).map(([wire, local]) => `when ${literal(wire)} then ${literal(local)}`);
    return { text: `case ${staged} ${cases.join(' ')} end`, listed: `(${staged} is null or ${staged} = any (${textArray(Object.keys(enumeration))}))` };
  }
  const reference = plan.definition.references.find((r) => r.fields.includes(field) && plan.linkedParents.includes(r.collection));
  if (reference === undefined) return { text: staged };
  const parentKey = `array[${reference.fields.map((name) => `s.${ident(name)}`).join(', ')}]::text[]`;
  const linkRow = `tidegate.record_link r where r.link = ${literal(plan.linkName)} and r.collection = ${literal(reference.collection)} and r.wire_key = ${parentKey}`;
  return {
    text: `(select r.local_key[${reference.fields.indexOf(field) + 1}] from ${linkRow})`,
    listed: `(${staged} is null or exists (select from ${linkRow}))`,
  };
}
