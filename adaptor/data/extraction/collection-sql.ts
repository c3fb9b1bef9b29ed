import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, columnOf, filterColumns, keyColumns } from '../plan.ts';
import { ident, literal, qualified } from '../quoting.ts';

/** A key column with its type, and its place in `change_log.key` (from 1, after the tenant's). */
export interface KeyColumn {
  readonly column: string;
  readonly type: string;
  readonly place: number;
}

/** Key columns of a plan's table, without the tenant's. */
export function typedKey(plan: CollectionPlan, shape: TableShape): readonly KeyColumn[] {
  const offset = plan.binding.tenantColumn === undefined ? 1 : 2;
  return keyColumns(plan).map((column, index) => ({ column, type: typeOf(shape, column), place: index + offset }));
}

/** Type of a column, as SQL. */
export function typeOf(shape: TableShape, column: string): string {
  return shape.columns.find(({ name }) => name === column)?.type ?? 'text';
}

/** The plan's table as SQL. */
export const tableSql = ({ binding }: CollectionPlan): string => qualified(binding.schema, binding.table);

/** Condition on `alias` that a row is the link's tenant's; empty where the table has no tenants. */
export function tenantCondition(plan: CollectionPlan, alias = ''): readonly string[] {
  const { tenantColumn } = plan.binding;
  return tenantColumn === undefined ? [] : [`${alias === '' ? '' : `${alias}.`}${ident(tenantColumn)} = ${literal(plan.link.tenant)}`];
}

/** SQL condition on the table's columns, named without the table, that a row belongs to the collection; undefined where all do. */
export function membership(plan: CollectionPlan): string | undefined {
  if (filterColumns(plan).length === 0) return undefined;
  // The line break ends a comment in the configured text.
  const own = plan.binding.filter === undefined ? [] : [`(${plan.binding.filter.sql}\n)`];
  const fixed = Object.entries(plan.binding.constants).map(([column, value]) => `${ident(column)} = ${literal(value)}`);
  const open = plan.binding.private === undefined ? [] : [`NOT ${privacy(plan)}`];
  return `(${[...own, ...fixed, ...open].join(' AND ')}) IS TRUE`;
}

/** SQL condition on the table's columns that a row is private; what the rule does not know counts as private. */
export function privacy(plan: CollectionPlan): string {
  return plan.binding.private === undefined ? 'false' : `((${plan.binding.private.sql}\n) IS NOT FALSE)`;
}

/** `[key of the record in this store]` as SQL text[], of a key in the log (which begins with the tenant where there is one). */
export function localKeyOfLog(plan: CollectionPlan, logKey: string): string {
  return plan.binding.tenantColumn === undefined ? logKey : `${logKey}[2:]`;
}

/**
 * A wire key for a record that was born here, as SQL text: made from link, collection and local key alone, so that a repeated
 * or lost window names the record the same way. A version 8 UUID (RFC 9562) of a SHA-256.
 */
export function mintedKey(plan: CollectionPlan, collection: string, localKey: string): string {
  const hash = `encode(substring(sha256(convert_to(${literal(`${plan.linkName}\n${collection}\n`)} || (${localKey})::text, 'UTF8')) FROM 1 FOR 16), 'hex')`;
  return `overlay(overlay(${hash} PLACING '8' FROM 13) PLACING '8' FROM 17)::uuid::text`;
}

/** The wire key of a local key of a linked collection, as SQL text: the one that is recorded, else the one that will be. */
export function wireKeyOf(plan: CollectionPlan, collection: string, localKey: string): string {
  return `coalesce((SELECT r.wire_key[1] FROM tidegate.record_link r WHERE r.link = ${literal(plan.linkName)} AND r.collection = ${literal(collection)} AND r.local_key = ${localKey}), ${mintedKey(plan, collection, localKey)})`;
}

/**
 * The fields of a record as wire text, in the order of the definition. `row` is the table's alias; `localKey` the key of the record
 * in this store, as SQL text[] or as a text for each of its columns.
 */
export function fieldSelections(plan: CollectionPlan, row: string, localKey: string | readonly string[]): readonly string[] {
  const linked = plan.binding.identity.kind === 'linked';
  const wholeKey = typeof localKey === 'string' ? localKey : `ARRAY[${localKey.join(', ')}]`;
  const keyColumn = (place: number): string => (typeof localKey === 'string' ? `(${localKey})[${place + 1}]` : (localKey[place] ?? 'NULL'));
  return plan.definition.fields.map(({ name }) => {
    const place = plan.definition.key.indexOf(name);
    if (place >= 0) return linked ? wireKeyOf(plan, plan.definition.name, wholeKey) : keyColumn(place);
    return fieldValue(plan, row, name);
  });
}

function fieldValue(plan: CollectionPlan, row: string, field: string): string {
  const bound = columnOf(plan, field);
  if (bound === undefined) return 'NULL';
  const value = `${row}.${ident(bound.column)}::text`;
  const parent = plan.definition.references.find(({ fields, collection }) => fields.includes(field) && plan.linkedParents.includes(collection));
  if (parent !== undefined) return `CASE WHEN ${value} IS NOT NULL THEN ${wireKeyOf(plan, parent.collection, `ARRAY[${value}]`)} END`;
  if (bound.enumeration === undefined) return value;
  const cases = Object.entries(bound.enumeration).map(([wire, local]) => `WHEN ${literal(local)} THEN ${literal(wire)}`);
  return cases.length === 0 ? value : `CASE ${value} ${cases.join(' ')} ELSE ${value} END`;
}
