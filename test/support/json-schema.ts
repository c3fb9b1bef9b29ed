import fc from 'fast-check';

/** As much of JSON Schema as the OpenAPI documents below docs/ use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** Finds what `$ref` names. */
export type Resolve = (reference: string) => JsonSchema;

/** Values of a schema: mostly small ones, since the great ones are refused first. */
export function valuesOf(schema: JsonSchema, resolve: Resolve): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valuesOf(resolve(schema.$ref), resolve);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valuesOf(choice, resolve)));
  if (schema.type === undefined) return fc.jsonValue({ maxDepth: 1 });
  const types = Array.isArray(schema.type) ? (schema.type as readonly string[]) : [String(schema.type)];
  return fc.oneof(...types.map((type) => valuesOfType(type, schema, resolve)));
}

function valuesOfType(type: string, schema: JsonSchema, resolve: Resolve): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const min = schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + 1);
      return fc.oneof({ weight: 5, arbitrary: fc.integer({ min, max: min + 3 }) }, fc.constant(Math.min(schema.maximum ?? 2 ** 31, Number.MAX_SAFE_INTEGER)));
    }
    case 'array':
      return fc.array(schema.items === undefined ? fc.jsonValue({ maxDepth: 1 }) : valuesOf(schema.items, resolve), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(3, schema.maxItems ?? 3)),
      });
    case 'object':
      return objectsOf(schema, resolve);
    default:
      return textsOf(schema);
  }
}

/** Texts whose patterns look ahead, which are not drawn from the pattern. */
const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  email: fc.emailAddress(),
  uuid: fc.uuid(),
  date: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
};

function textsOf({ format = '', pattern, minLength = 0, maxLength = 12 }: JsonSchema): fc.Arbitrary<string> {
  const known = FORMATS[format];
  if (known !== undefined) return known;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const longest = Math.max(minLength, Math.min(12, maxLength));
  const usual = ['contacts', 'id', 'text'].filter((text) => text.length >= minLength && text.length <= maxLength);
  const drawn = fc.string({ minLength, maxLength: longest });
  return usual.length === 0 ? drawn : fc.oneof(fc.constantFrom(...usual), drawn);
}

function objectsOf({ properties = {}, required = [], additionalProperties }: JsonSchema, resolve: Resolve): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, valuesOf(member, resolve)]));
  const named = fc.record(members, { requiredKeys: required.filter((name) => name in members) });
  if (typeof additionalProperties !== 'object' || additionalProperties === null) return named;
  const more = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), valuesOf(additionalProperties, resolve), { maxKeys: 3 });
  return fc.tuple(named, more).map(([one, other]) => ({ ...other, ...one }));
}

/** Where a value is not of a schema, as paths. */
export function schemaFaults(value: unknown, schema: JsonSchema, resolve: Resolve, path = '$'): readonly string[] {
  if (schema.$ref !== undefined) return schemaFaults(value, resolve(schema.$ref), resolve, path);
  if ('const' in schema) return value === schema.const ? [] : [`${path} is not ${JSON.stringify(schema.const)}`];
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [`${path} is none of the values`];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.some((choice) => schemaFaults(value, choice, resolve, path).length === 0) ? [] : [`${path} is none of the choices`];
  if (schema.allOf !== undefined) return schema.allOf.flatMap((each) => schemaFaults(value, each, resolve, path));
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isOfType(value, type as string))) return [`${path} is not ${String(schema.type)}`];
  if (Array.isArray(value)) return schema.items === undefined ? [] : value.flatMap((item, at) => schemaFaults(item, schema.items!, resolve, `${path}[${at}]`));
  if (typeof value !== 'object' || value === null) return [];
  const { properties = {}, required = [], additionalProperties } = schema;
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const known = properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      if (known !== undefined) return schemaFaults(member, known, resolve, `${path}.${name}`);
      return additionalProperties === false ? [`${path}.${name} is not documented`] : [];
    }),
  ];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
