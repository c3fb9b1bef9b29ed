import { createHash } from 'node:crypto';
import type { CollectionDefinition, FieldDefinition, TableBinding } from '../../exchange/collection.ts';
import type { LinkIdentity } from '../../exchange/names.ts';
import type { CloudApplication } from '../applications/cloud-application.ts';
import { CLOUD_APPLICATIONS } from '../applications/registry.ts';

/** Column that begins every key in this cloud. */
export const TENANT_COLUMN = 'tenant';

/** Schema of the tables that registrations make. */
export const RECORDS_SCHEMA = 'records';

/** Where a collection lives in this cloud. */
export interface Placement {
  readonly kind: 'application' | 'records';
  readonly binding: TableBinding;
  /** Fields of the definition that have no column here. */
  readonly unsupported: readonly string[];
}

/** Where a collection of a link lives: in the application that stands ready for it and has its key, else in a table of plain records. */
export function placementOf(link: LinkIdentity, definition: CollectionDefinition): Placement {
  const application = CLOUD_APPLICATIONS.find((candidate) => candidate.collection === definition.name && holdsKey(candidate, definition));
  return application === undefined ? recordsPlacement(link, definition) : applicationPlacement(application, definition);
}

/** The binding of an application's table for the fields that it has. */
export function applicationPlacement(application: CloudApplication, definition: CollectionDefinition): Placement {
  const supported = definition.fields.filter((field) => mayHold(application, field));
  const columns = supported.flatMap(({ name }) => {
    const held = application.columns[name];
    if (held === undefined) return [];
    return [{ field: name, column: held.column, ...(held.enumeration ? { enumeration: { ...held.enumeration } } : {}) }];
  });
  const unsupported = definition.fields.filter((field) => !supported.includes(field)).map((field) => field.name);
  return { kind: 'application', binding: bindingOf(definition.name, application.schema, application.table, columns), unsupported };
}

/** Whether the application has a column for a field. What is sealed is text that stands in no enumeration. */
function mayHold(application: CloudApplication, { name, sealed }: FieldDefinition): boolean {
  const column = Object.hasOwn(application.columns, name) ? application.columns[name] : undefined;
  return column !== undefined && (sealed !== true || (column.type === 'text' && column.enumeration === undefined));
}

/**
 * Name of the table of a tenant's plain records: `tenant$collection`. `$` stands in no name, so no two collections meet;
 * what is longer than PostgreSQL's 63 bytes ends in a hash of the whole.
 */
export function recordsTableName(tenant: string, collection: string): string {
  const name = `${tenant}$${collection}`;
  if (name.length <= 63) return name;
  return `${name.slice(0, 46)}$${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/** Names that no field's column may have: the tenant's, and those of PostgreSQL's system columns. */
const TAKEN = /^(tenant|tableoid|ctid|xmin|xmax|cmin|cmax)_*$/;

/** Column of a field in a table of plain records: the field's name; where that is taken, with `_` behind it. */
export function recordsColumnName(field: string): string {
  return TAKEN.test(field) ? `${field}_` : field;
}

/** Field of a column in a table of plain records. */
export function recordsFieldName(column: string): string {
  return TAKEN.test(column) ? column.slice(0, -1) : column;
}

function recordsPlacement(link: LinkIdentity, definition: CollectionDefinition): Placement {
  const columns = definition.fields.map(({ name }) => ({ field: name, column: recordsColumnName(name) }));
  return { kind: 'records', binding: bindingOf(definition.name, RECORDS_SCHEMA, recordsTableName(link.tenant, definition.name), columns), unsupported: [] };
}

function bindingOf(collection: string, schema: string, table: string, columns: TableBinding['columns']): TableBinding {
  return { collection, schema, table, columns, constants: {}, tenantColumn: TENANT_COLUMN, outOfScope: 'keep', identity: { kind: 'shared' } };
}

/** Whether the application's key is the collection's, of the same types. */
function holdsKey(application: CloudApplication, definition: CollectionDefinition): boolean {
  if (application.key.join() !== definition.key.join()) return false;
  return definition.key.every((name) => definition.fields.find((field) => field.name === name)?.type === application.columns[name]?.type);
}
