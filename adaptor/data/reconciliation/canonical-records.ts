import { TidegateError } from '../../../exchange/errors.ts';
import { sealedFields } from '../../../exchange/collection.ts';
import type { HashName } from '../../../exchange/reconciliation.ts';
import { fieldSelections, membership, tableSql, tenantCondition, typeOf } from '../extraction/collection-sql.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, columnOf, filterColumns, keyColumns } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { arrayHash, textHash } from './hashes.ts';

/** How records are made comparable: the fields in the order of the definition, and by which hash. */
export interface Canonical {
  readonly plan: CollectionPlan;
  readonly shape: TableShape;
  readonly hash: HashName;
  /** Fields that are compared, without those of the key. */
  readonly fields: readonly string[];
  /** Type of a field's column in the other store, where it is another one and known here: a value goes through both. */
  readonly otherTypes: ReadonlyMap<string, string>;
}

/** The key of a record `t` of this store as SQL text[], without the tenant. */
export function localKey(plan: CollectionPlan): string {
  const parts = keyColumns(plan).map((column) => `t.${ident(column)}::text`);
  return `ARRAY[${parts.join(', ')}]`;
}

/** The fields of `t` as both stores would write them on the wire, by name; `key` is its local key as SQL. */
export function canonicalFields({ plan, shape, otherTypes }: Canonical, key: string): ReadonlyMap<string, string> {
  const texts = fieldSelections(plan, 't', key);
  const wireKey = `ARRAY[${plan.definition.key.map((name) => texts[plan.definition.fields.findIndex((field) => field.name === name)] ?? 'NULL').join(', ')}]::text[]`;
  return new Map(
    plan.definition.fields.map((field, i) => {
      const text = texts[i] ?? 'NULL';
      if (field.sealed === true && plan.side === 'crm') return [field.name, sealedText(plan, field.name, wireKey)] as const;
      const column = columnOf(plan, field.name)?.column;
      if (column === undefined || isTranslated(plan, field.name)) return [field.name, text] as const;
      // A column of another type may write the same value otherwise (json and jsonb, times with fewer digits): both sides
      // take it through both types.
      const types = [otherTypes.get(field.name), typeOf(shape, column) === field.type ? undefined : field.type];
      return [field.name, types.reduce<string>((value, type) => (type === undefined ? value : through(value, type)), text)] as const;
    }),
  );
}

/**
 * A sealed field of the CRM as the cloud has it: what was sent of it last. Two sealings of one value differ, so the ciphertext is
 * compared; a value that was not sealed yet is on its way, by the log.
 */
function sealedText({ linkName, definition }: CollectionPlan, field: string, wireKey: string): string {
  return `(SELECT v.token FROM tidegate.sealed_value v WHERE v.link = ${literal(linkName)} AND v.collection = ${literal(definition.name)} AND v.key = ${wireKey} AND v.field = ${literal(field)})`;
}

/** A text as a type writes it; what is no value of that type stays. */
function through(text: string, type: string): string {
  return `CASE WHEN pg_input_is_valid(${text}, ${literal(type)}) THEN (${text})::${type}::text ELSE ${text} END`;
}

/** Whether the wire holds another value than the column: an enumeration's word, a key of the other side, or ciphertext. */
export function isTranslated(plan: CollectionPlan, field: string): boolean {
  if (sealedFields(plan.definition).includes(field)) return true;
  if (columnOf(plan, field)?.enumeration !== undefined) return true;
  if (plan.binding.identity.kind === 'linked' && plan.definition.key.includes(field)) return true;
  return plan.definition.references.some((reference) => reference.fields.includes(field) && plan.linkedParents.includes(reference.collection));
}

/** The rows `t` of the plan's table that belong to the collection; columns by name, since rights are given column by column. */
export function recordsSql(plan: CollectionPlan, inside = true): string {
  const condition = membership(plan);
  const where = [...tenantCondition(plan), ...(inside && condition !== undefined ? [condition] : [])];
  const columns = [...new Set([...keyColumns(plan), ...plan.binding.columns.map(({ column }) => column), ...filterColumns(plan)])].map(ident);
  return `(SELECT ${columns.join(', ')} FROM ${tableSql(plan)}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}) t`;
}

/** Every record of the collection as `key` (wire key, text[]), `place` (hash of the key, int8) and `hash` (of all compared values, int8). */
export function hashedRecords(canonical: Canonical): string {
  const { plan, hash, fields } = canonical;
  const texts = canonicalFields(canonical, localKey(plan));
  const pick = (names: readonly string[]): string => `ARRAY[${names.map((name) => texts.get(name) ?? 'NULL').join(', ')}]::text[]`;
  const { key } = plan.definition;
  const names = plan.definition.fields.map(({ name }) => name).filter((name) => key.includes(name) || fields.includes(name));
  return `SELECT ${pick(key)} AS key, ${arrayHash(hash, pick(key))} AS place, ${arrayHash(hash, pick(names))} AS hash FROM ${recordsSql(plan)}`;
}

/** Hashes of the compared fields of `t`, in their order, as SQL text[]. */
export function fieldHashes(canonical: Canonical): string {
  const texts = canonicalFields(canonical, localKey(canonical.plan));
  return `ARRAY[${canonical.fields.map((name) => textHash(canonical.hash, `(${texts.get(name) ?? 'NULL'})`)).join(', ')}]::text[]`;
}

/** Checks that a store holds every field that is to be compared. Throws `bad-request`. */
export function requireFields({ plan, fields }: Pick<Canonical, 'plan' | 'fields'>): void {
  const unknown = fields.filter((name) => plan.definition.key.includes(name) || columnOf(plan, name) === undefined);
  if (unknown.length > 0)
    throw new TidegateError('bad-request', `Not held here: ${unknown.join(', ')}.`, { collection: plan.definition.name, fields: unknown });
}
