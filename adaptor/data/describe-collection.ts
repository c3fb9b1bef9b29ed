import {
  type AccessRule,
  type Authority,
  type CollectionDefinition,
  type ConflictRule,
  type FieldDefinition,
  type Reference,
  type TableBinding,
  collectionDefinitionSchema,
  tableBindingSchema,
} from '../../exchange/collection.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { TableShape } from './introspection.ts';
import { ident } from './quoting.ts';

/** One field of a source, with its defaults filled in. */
export interface FieldSource {
  readonly field: string;
  readonly column: string;
  readonly authority: Authority;
  readonly enumeration?: Readonly<Record<string, string>> | undefined;
  readonly conflicts?: ConflictRule | undefined;
  /** Whether it leaves the CRM as ciphertext only. */
  readonly sealed?: boolean | undefined;
}

/** Which records a rule reaches: all, those of the user, none, or those of an SQL condition. */
export type Reach = 'all' | 'own' | 'none' | { readonly sql: string };

/** Rules for the users of the CRM's application, one for each of its database roles. */
export interface AccessSource {
  /** Column that holds the owner, as the application names its user in the setting `tidegate.user`. */
  readonly owner?: string | undefined;
  readonly rules: readonly {
    readonly role: string;
    readonly read: Reach;
    readonly write: Reach;
    readonly hidden: readonly string[];
    readonly readOnly: readonly string[];
  }[];
}

/** A collection as configuration declares it for one store; its types come from the database. */
export interface CollectionSource {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  /** Fields of the key, in order. */
  readonly key: readonly string[];
  /** In the order of the wire. */
  readonly fields: readonly FieldSource[];
  readonly constants: Readonly<Record<string, string>>;
  readonly tenantColumn?: string | undefined;
  readonly filter?: { readonly sql: string; readonly columns: readonly string[] } | undefined;
  readonly private?: { readonly sql: string; readonly columns: readonly string[] } | undefined;
  /** Rules for the users of the CRM's application. */
  readonly access?: AccessSource | undefined;
  readonly outOfScope: 'keep' | 'retract';
  readonly identity: { readonly kind: 'shared' } | { readonly kind: 'linked'; readonly match: readonly string[] };
  readonly references: readonly Reference[];
  readonly conflicts?: ConflictRule | undefined;
}

/** A parent of which the types of references must be known: its definition, and whether it makes keys of its own. */
export interface DescribedParent {
  readonly definition: CollectionDefinition;
  readonly binding: TableBinding;
}

/** The two halves of a plan that a source and a table give. */
export interface DescribedCollection extends DescribedParent {
  /** Parents that make keys of their own in this store (`linkedParents` of a plan). */
  readonly linkedParents: readonly string[];
}

/**
 * Definition and binding of a collection, with the types that the table has. A linked collection's key, and references to
 * it, have the type of the minted key on the wire (`text` where the table's key is text, else `uuid`).
 * Throws `configuration-invalid` with every fault in `facts.faults`.
 */
export function describeCollection(source: CollectionSource, shape: TableShape, parents: readonly DescribedParent[] = []): DescribedCollection {
  const linked = parents.filter((parent) => parent.binding.identity.kind === 'linked');
  const fields = source.fields.map((field) => describeField(field, source, shape, linked));
  const faults = [...findFaults(source, shape), ...fields.flatMap((f) => (typeof f === 'string' ? [f] : []))];
  if (faults.length > 0)
    throw new TidegateError('configuration-invalid', `Collection ${source.name}: ${faults.join('; ')}.`, { collection: source.name, faults });
  const definition = collectionDefinitionSchema.parse({
    name: source.name,
    key: [...source.key],
    fields,
    references: source.references.map(({ fields: names, collection }) => ({ fields: [...names], collection })),
  });
  const binding = tableBindingSchema.parse({
    collection: source.name,
    schema: source.schema,
    table: source.table,
    columns: source.fields.map(({ field, column, enumeration, conflicts }) => ({
      field,
      column,
      ...(enumeration ? { enumeration: { ...enumeration } } : {}),
      ...(conflicts === undefined ? {} : { conflicts }),
    })),
    constants: { ...source.constants },
    ...(source.tenantColumn === undefined ? {} : { tenantColumn: source.tenantColumn }),
    ...(source.filter ? { filter: { sql: source.filter.sql, columns: [...source.filter.columns] } } : {}),
    ...(source.private ? { private: { sql: source.private.sql, columns: [...source.private.columns] } } : {}),
    ...(source.access === undefined ? {} : { access: accessRules(source.access) }),
    outOfScope: source.outOfScope,
    ...(source.conflicts === undefined ? {} : { conflicts: source.conflicts }),
    identity: source.identity.kind === 'shared' ? { kind: 'shared' } : { kind: 'linked', match: [...source.identity.match] },
  });
  const names = new Set(source.references.map((reference) => reference.collection));
  const selfLinked = source.identity.kind === 'linked' && names.has(source.name) ? [source.name] : [];
  const linkedParents = [...linked.map((parent) => parent.definition.name).filter((name) => names.has(name) && name !== source.name), ...selfLinked];
  return { definition, binding, linkedParents };
}

function accessRules({ owner, rules }: AccessSource): readonly AccessRule[] {
  const own = `${ident(owner ?? '')}::text = nullif(current_setting('tidegate.user', true), '')`;
  const condition = (reach: Reach): string => (typeof reach === 'object' ? reach.sql : { all: 'true', own, none: 'false' }[reach]);
  return rules.map(({ role, read, write, hidden, readOnly }) => ({
    role,
    read: condition(read),
    write: condition(write),
    hidden: [...hidden],
    readOnly: [...readOnly],
  }));
}

/** A field with its type, or what is wrong with it. */
function describeField(field: FieldSource, source: CollectionSource, shape: TableShape, linked: readonly DescribedParent[]): FieldDefinition | string {
  const column = shape.columns.find(({ name }) => name === field.column);
  if (column === undefined) return `column "${field.column}" of field "${field.field}" is not in ${source.schema}.${source.table}`;
  if (column.virtual) return `column "${field.column}" is a virtual generated one: no trigger sees it change`;
  const inKey = source.key.includes(field.field);
  if (inKey && column.nullable) return `key column "${field.column}" may be null`;
  // What leaves is text, whatever the column holds.
  if (field.sealed === true) return { name: field.field, type: 'text', nullable: column.nullable, authority: 'crm', sealed: true };
  const type = wireType(field.field, column.type, source, linked);
  // A generated column is read, never written: only the side that computes it can be its authority.
  const authority = column.generated && !inKey && field.authority !== 'cloud' ? 'crm' : field.authority;
  return { name: field.field, type, nullable: column.nullable, authority };
}

function wireType(field: string, type: string, source: CollectionSource, linked: readonly DescribedParent[]): string {
  if (source.identity.kind === 'linked' && source.key.includes(field)) return mintedType(type);
  for (const { fields, collection } of source.references) {
    const place = fields.indexOf(field);
    if (place < 0) continue;
    if (collection === source.name && source.identity.kind === 'linked') return mintedType(type);
    const parent = linked.find(({ definition }) => definition.name === collection)?.definition;
    const key = parent?.fields.find(({ name }) => name === parent.key[place]);
    if (key !== undefined) return key.type;
  }
  return type;
}

/** Type of a minted key on the wire. */
const mintedType = (type: string): string => (/^(text|character varying)/.test(type) ? 'text' : 'uuid');

function accessColumns({ access }: CollectionSource): readonly string[] {
  if (access === undefined) return [];
  const { owner, rules } = access;
  return [...(owner === undefined ? [] : [owner]), ...rules.flatMap(({ hidden, readOnly }) => [...hidden, ...readOnly])];
}

function findFaults(source: CollectionSource, shape: TableShape): readonly string[] {
  const has = (name: string) => shape.columns.some((column) => column.name === name);
  const columnsOfKey = source.key.flatMap((field) => source.fields.find((f) => f.field === field)?.column ?? []);
  const whole = source.tenantColumn === undefined ? columnsOfKey : [source.tenantColumn, ...columnsOfKey];
  const unique = shape.uniqueKeys.some((key) => key.length === whole.length && key.every((name) => whole.includes(name)));
  const missing = [
    source.tenantColumn,
    ...Object.keys(source.constants),
    ...(source.filter?.columns ?? []),
    ...(source.private?.columns ?? []),
    ...accessColumns(source),
  ].filter((name) => name !== undefined && !has(name));
  return [
    ...(shape.obstacle === undefined ? [] : [`${source.schema}.${source.table} cannot be captured: ${shape.obstacle}`]),
    ...missing.map((name) => `column "${name}" is not in ${source.schema}.${source.table}`),
    ...(columnsOfKey.length < source.key.length ? ['a key field is not among the fields'] : []),
    ...(unique ? [] : [`(${whole.join(', ')}) is neither the primary key nor a unique key without nulls`]),
    ...(source.access?.rules ?? [])
      .filter(({ hidden }) => hidden.some((column) => whole.includes(column)))
      .map(({ role }) => `a column of the key cannot be hidden from ${role}`),
    ...(source.identity.kind === 'linked' && source.key.length > 1 ? ['a linked key has one column'] : []),
  ];
}
