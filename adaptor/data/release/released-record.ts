import { createHash } from 'node:crypto';
import { changeableFields, returningFields } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { ReleaseOrder } from '../../../exchange/release.ts';
import { ALL_FIELDS, WIRE_LIST_SEPARATOR } from '../../../exchange/wire-row.ts';
import { canonicalJson } from '../canonical-json.ts';
import { controlRow } from '../control-rows.ts';
import { requireTableShape } from '../introspection.ts';
import { type CollectionPlan, keyColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident, literal, qualified } from '../quoting.ts';

/** One record as a release writes it: what a row of a window would hold. */
export interface ReleasedRecord {
  readonly collection: string;
  /** On the wire. */
  readonly key: readonly string[];
  readonly op: 'I' | 'U' | 'D';
  /** Names joined by `|`, or `*`. */
  readonly changed: string;
  /** Forward ordinals; null where the value is written whatever the CRM has. */
  readonly base: string | null;
  /** Who made the value. */
  readonly actor: string | null;
  /** Field -> text in the form of the wire. */
  readonly record: Readonly<Record<string, string | null>>;
}

/** Digest of what is to be written: SHA-256 of its canonical JSON (RFC 8785), base64url. It stands in the release. */
export function contentDigest(content: ReleasedRecord | readonly ReleasedRecord[]): string {
  return createHash('sha256').update(canonicalJson(content)).digest('base64url');
}

/** Names of the changed fields of a record; of a whole record all of the definition but the key. */
export function changedFields({ definition }: CollectionPlan, { changed }: Pick<ReleasedRecord, 'changed'>): readonly string[] {
  return changed === ALL_FIELDS
    ? definition.fields.map(({ name }) => name).filter((name) => !definition.key.includes(name))
    : changed.split(WIRE_LIST_SEPARATOR);
}

/**
 * What a release orders for a record: its key in the CRM's table, the operation, and the fields that may change. A changed record
 * that the CRM does not have (its creation was set aside too) comes in whole. Throws `key-invalid`, `field-not-authorised`.
 */
export async function releaseOrder(client: Queryable, plan: CollectionPlan, record: ReleasedRecord): Promise<ReleaseOrder> {
  const types = await keyTypes(client, plan);
  const localKey = await localKeyOf(client, plan, types, record.key);
  const present = localKey !== null && (await isPresent(client, plan, types, localKey));
  const changeable = changeableFields(plan.definition, 'cloud');
  const fields =
    record.op === 'D'
      ? []
      : record.op === 'U' && present
        ? changedFields(plan, record).filter((name) => changeable.includes(name))
        : returningFields(plan.definition);
  if (fields.length === 0 && record.op !== 'D') throw new TidegateError('field-not-authorised', undefined, { collection: record.collection });
  const operations = record.op === 'D' ? (['D'] as const) : present ? (['U'] as const) : (['I', 'U'] as const);
  return {
    collection: record.collection,
    fields: [...fields],
    operations: [...operations],
    keys: [[...record.key]],
    // A record that comes back where the table makes its keys gets another one.
    localKeys: localKey === null || (!present && plan.binding.identity.kind === 'linked') ? null : [[...localKey]],
  };
}

/** The key of a record as the CRM's table writes it; null where the table will make one. Throws `key-invalid`. */
async function localKeyOf(client: Queryable, { definition, linkName, binding }: CollectionPlan, types: readonly string[], key: readonly string[]) {
  if (binding.identity.kind === 'linked') {
    const sql = `SELECT local_key AS key FROM tidegate.record_link WHERE link = $1 AND collection = $2 AND wire_key = $3`;
    return (await controlRow<{ key: string[] }>(client, sql, [linkName, definition.name, key]))?.key ?? null;
  }
  const valid = types.map((type, i) => `pg_input_is_valid($${i + 1}, ${literal(type)})`).join(' AND ');
  if ((await controlRow<{ valid: boolean }>(client, `SELECT ${valid} AS valid`, [...key]))?.valid !== true)
    throw new TidegateError('key-invalid', undefined, { collection: definition.name });
  const text = types.map((type, i) => `($${i + 1}::text)::${type}::text`).join(', ');
  return (await controlRow<{ key: string[] }>(client, `SELECT ARRAY[${text}]::text[] AS key`, [...key]))?.key ?? null;
}

async function isPresent(client: Queryable, plan: CollectionPlan, types: readonly string[], localKey: readonly string[]): Promise<boolean> {
  const { schema, table } = plan.binding;
  const match = keyColumns(plan).map((column, i) => `t.${ident(column)} = ($${i + 1}::text)::${types[i] ?? 'text'}`);
  const row = await controlRow<{ present: boolean }>(
    client,
    `SELECT EXISTS (SELECT FROM ${qualified(schema, table)} t WHERE ${match.join(' AND ')}) AS present`,
    [...localKey],
  );
  return row?.present === true;
}

/** Types of the key's columns in the CRM's table, in order. */
async function keyTypes(client: Queryable, plan: CollectionPlan): Promise<readonly string[]> {
  const shape = await requireTableShape(client, plan.binding.schema, plan.binding.table);
  return keyColumns(plan).map((column) => shape.columns.find(({ name }) => name === column)?.type ?? 'text');
}
