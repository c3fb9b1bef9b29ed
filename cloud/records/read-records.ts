import type { ClientBase } from 'pg';
import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { EditValues } from '../service-manager/apply-edits.ts';
import { TENANT_COLUMN } from '../service-manager/placement.ts';
import { versionSql } from '../service-manager/record-version.ts';
import type { DescribedPlace, EmployeeField } from './describe-place.ts';

/** A record in the words of the wire: texts by field. */
export interface EmployeeRecord {
  readonly key: EditValues;
  readonly version: string;
  readonly values: EditValues;
}

/** What of a collection is asked for. */
export interface RecordQuery {
  /** Each word stands somewhere in the record. */
  readonly words: readonly string[];
  /** Fields, the first one first; after them, the key. */
  readonly sort: readonly string[];
  readonly direction: 'asc' | 'desc';
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** Beyond so many records the page says "more than". */
export const MAX_COUNTED = 10_000;

/** One page of a tenant's records, with the number of all that fit (up to MAX_COUNTED + 1). Throws `bad-request` for an unknown sort. */
export async function listRecords(
  client: ClientBase,
  place: DescribedPlace,
  tenant: string,
  { words, sort, direction, page, size }: RecordQuery,
): Promise<{ readonly rows: readonly EmployeeRecord[]; readonly total: number }> {
  const values: string[] = [tenant];
  const text = `concat_ws(' ', ${place.columns.map(({ column }) => `${ident(column)}::text`).join(', ')})`;
  const conditions = [
    `${ident(TENANT_COLUMN)} = $1`,
    ...words.map((word) => `${text} ilike $${values.push(`%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)}`),
  ];
  const from = `from ${qualified(place.schema, place.table)} where ${conditions.join(' and ')}`;
  const keys = place.key.map((field) => ident(columnOf(place, field).column));
  const order = [...sort.map((field) => `${sortSql(place, field)} ${direction} nulls last`), ...keys].join(', ');
  const counted = await client.query<{ total: string }>(`select count(*)::text as total from (select 1 ${from} limit ${MAX_COUNTED + 1}) as found`, values);
  const { rows } = await client.query<Row>(`select ${columnsSql(place)} ${from} order by ${order} limit ${size} offset ${(page - 1) * size}`, values);
  return { rows: rows.map((row) => recordOf(place, row)), total: Number(counted.rows[0]?.total) };
}

/**
 * What a field is sorted by: texts whatever the size of their letters, values with labels by the first one, and the begin of an
 * appointment together with the first day of those that take whole days.
 */
function sortSql(place: DescribedPlace, field: string): string {
  const { column, type } = columnOf(place, field);
  const sql = ident(column);
  if (type === 'text') return `lower(${sql})`;
  if (type === 'jsonb') return `lower(coalesce(${sql} #>> '{0,value}', ${sql} #>> '{0}'))`;
  const day = field === 'startsAt' ? place.columns.find((other) => other.field === 'startDate') : undefined;
  return day === undefined ? sql : `coalesce(${sql}, ${ident(day.column)})`;
}

/** One record. Throws `record-not-found`, `key-invalid`. */
export async function readRecord(client: ClientBase, place: DescribedPlace, tenant: string, key: EditValues): Promise<EmployeeRecord> {
  const values = [tenant, ...place.key.map((field) => key[field] ?? '')];
  if (place.key.some((field) => key[field] == null)) throw new TidegateError('key-invalid', undefined, { collection: place.collection });
  const condition = place.key.map((field, i) => `${ident(columnOf(place, field).column)}::text = $${i + 2}`);
  const { rows } = await client.query<Row>(
    `select ${columnsSql(place)} from ${qualified(place.schema, place.table)} where ${[`${ident(TENANT_COLUMN)} = $1`, ...condition].join(' and ')}`,
    values,
  );
  const [row] = rows;
  if (row === undefined) throw new TidegateError('record-not-found', undefined, { collection: place.collection });
  return recordOf(place, row);
}

/** Columns that a version is made of. */
export const versionColumns = (place: DescribedPlace): readonly string[] => place.columns.map(({ column }) => column);

interface Row {
  readonly version: string;
  readonly values: readonly (string | null)[] | string;
}

/** Values come as one array of texts: names of fields are no names for columns of an answer. */
function columnsSql(place: DescribedPlace): string {
  const list = place.columns.map(({ column }) => `${ident(column)}::text`);
  return `${versionSql(versionColumns(place))} as version, to_json(array[${list.join(', ')}]) as values`;
}

function recordOf(place: DescribedPlace, { version, values }: Row): EmployeeRecord {
  const texts = (typeof values === 'string' ? JSON.parse(values) : values) as readonly (string | null)[];
  const fields = Object.fromEntries(place.columns.map((column, i) => [column.field, inWireWords(column, texts[i] ?? null)]));
  return { key: Object.fromEntries(place.key.map((field) => [field, fields[field] ?? null])), version, values: fields };
}

function inWireWords({ enumeration }: EmployeeField, value: string | null): string | null {
  return Object.entries(enumeration ?? {}).find(([, own]) => own === value)?.[0] ?? value;
}

function columnOf(place: DescribedPlace, field: string): EmployeeField {
  const column = place.columns.find((candidate) => candidate.field === field);
  if (column === undefined) throw new TidegateError('bad-request', `There is no field ${field.slice(0, 60)}.`);
  return column;
}
