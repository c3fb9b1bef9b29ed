import { escapeIdentifier, escapeLiteral } from 'pg';

/** A name as an SQL identifier. */
export const ident = (name: string): string => escapeIdentifier(name);

/** A text as an SQL literal; null as NULL. */
export const literal = (text: string | null): string => (text === null ? 'NULL' : escapeLiteral(text));

/** `schema.table` as SQL. */
export const qualified = (schema: string, table: string): string => `${ident(schema)}.${ident(table)}`;

/** A list of texts as an SQL expression of type text[]. */
export const textArray = (items: readonly string[]): string => (items.length === 0 ? `'{}'::text[]` : `ARRAY[${items.map(literal).join(', ')}]::text[]`);

/** A function's body between dollar quotes whose tag does not occur in it. */
export function dollarQuoted(body: string): string {
  let tag = '$tidegate$';
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `${tag}${body}${tag}`;
}
