import type { ClientBase } from 'pg';
import { TidegateError } from '../../exchange/errors.ts';
import type { EditValues } from '../service-manager/apply-edits.ts';
import type { DescribedPlace } from './describe-place.ts';

const INVALID = `
  select field from unnest($1::text[], $2::text[], $3::text[]) as given (field, value, type)
   where value is not null and not pg_input_is_valid(value, type)`;

/**
 * Looks whether values fit their fields, before anything is written: PostgreSQL's own types, the enumeration's words, what
 * a record needs. Throws `value-invalid` (facts: `fields`), `field-denied` for what employees do not write.
 */
export async function checkValues(client: ClientBase, place: DescribedPlace, values: EditValues, kind: 'insert' | 'update'): Promise<void> {
  const given = Object.entries(values).map(([field, value]) => {
    const column = place.columns.find((candidate) => candidate.field === field);
    const open = column !== undefined && (column.access === 'open' || (kind === 'insert' && ['crm', 'key'].includes(column.access)));
    if (!open) throw new TidegateError('field-denied', undefined, { collection: place.collection, field: field.slice(0, 100) });
    return { field, value, column };
  });
  const wordless = given.filter(({ value, column }) => value !== null && column.enumeration !== undefined && !Object.hasOwn(column.enumeration, value));
  const missing = place.columns.filter(
    ({ field, required }) => required && (kind === 'insert' || Object.hasOwn(values, field)) && (values[field] ?? null) === null,
  );
  const { rows } = await client.query<{ field: string }>(INVALID, [
    given.map(({ field }) => field),
    given.map(({ value }) => value),
    given.map(({ column }) => column.type),
  ]);
  const fields = [...new Set([...wordless, ...missing, ...rows].map(({ field }) => field))];
  if (fields.length > 0) throw new TidegateError('value-invalid', undefined, { collection: place.collection, fields });
}
