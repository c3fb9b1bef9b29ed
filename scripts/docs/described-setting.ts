import type { z } from 'zod';

/** A schema as zod turns it into JSON Schema, with what `meta` adds to it. */
export type DescribedSchema = z.core.JSONSchema.BaseSchema & { readonly unit?: string; readonly cost?: string; readonly secret?: boolean };

/** Greatest whole number that JavaScript holds: as a bound it says nothing. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** What values a setting takes, in words. */
export function valuesOf(schema: DescribedSchema): string {
  return listed(alternativesOf(schema));
}

function alternativesOf(schema: DescribedSchema): readonly string[] {
  if (schema.const !== undefined) return [`\`${String(schema.const)}\``];
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``);
  const kinds = schema.oneOf ?? schema.anyOf;
  if (kinds !== undefined) return (kinds as DescribedSchema[]).flatMap((each) => (each.properties === undefined ? alternativesOf(each) : [kindOf(each)]));
  if (schema.type === 'boolean') return ['`true`', '`false`'];
  return [formOf(schema)];
}

function formOf({ type, minimum, maximum, minItems, pattern, format }: DescribedSchema): string {
  if (type === 'integer') return `whole number${boundsOf(minimum, maximum)}`;
  if (type === 'number') return `number${boundsOf(minimum, maximum)}`;
  if (type === 'array') return `list${minItems === undefined ? '' : ', at least one'}`;
  if (type === 'object') return 'object';
  if (format === 'uri') return 'URL';
  if (pattern !== undefined) return `text like \`${pattern.replaceAll('|', '\\|')}\``;
  return 'text';
}

function boundsOf(minimum: number | undefined, maximum: number | undefined): string {
  const bounded = maximum !== undefined && maximum < UNBOUNDED;
  if (minimum === undefined) return bounded ? `, up to ${number(maximum)}` : '';
  return bounded ? `, ${number(minimum)} to ${number(maximum)}` : `, ${number(minimum)} or more`;
}

/** `{ kind: 'shared' }` for one of several objects that a literal tells apart. */
function kindOf({ properties = {} }: DescribedSchema): string {
  const members = Object.entries(properties).map(
    ([name, each]) => `${name}: ${(each as DescribedSchema).const === undefined ? '[...]' : `'${String((each as DescribedSchema).const)}'`}`,
  );
  return `\`{ ${members.join(', ')} }\``;
}

/** A default as a document shows it; groups of settings have one each. */
export function defaultOf(schema: DescribedSchema, required: boolean): string {
  if (schema.default === undefined) return required ? 'required' : '';
  if (typeof schema.default === 'number') return number(schema.default);
  return `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
