import type { CollectionGrant } from '../../adaptor/data/roles/collection-grants.ts';
import { type CollectionDefinition, type TableBinding, changeableFields, sealedFields } from '../../exchange/collection.ts';
import { TENANT_COLUMN } from './placement.ts';

/** Role of the cloud's own users. */
export const EMPLOYEE_ROLE = 'cloud_user';

/**
 * What the cloud's own users may do with a collection's table: the field rule of this store. A column stays open only
 * while every definition under which the table is registered leaves its field to the cloud or to either side. Sealed ones are
 * not even written into new records.
 */
export function employeeGrant(binding: TableBinding, definitions: readonly CollectionDefinition[], key: readonly string[]): CollectionGrant {
  const columnOf = (field: string) => binding.columns.find((bound) => bound.field === field)?.column;
  const columns = binding.columns.map((bound) => bound.column);
  const open = (field: string) =>
    definitions.every((definition) => changeableFields(definition, 'cloud').includes(field) || !definition.fields.some((f) => f.name === field));
  const sealed = (field: string) => definitions.some((definition) => sealedFields(definition).includes(field));
  const keyColumns = [TENANT_COLUMN, ...key.flatMap((field) => columnOf(field) ?? [])];
  const rest = columns.filter((column) => !keyColumns.includes(column));
  return {
    schema: binding.schema,
    table: binding.table,
    keyColumns,
    readColumns: rest,
    insertColumns: binding.columns.filter((bound) => rest.includes(bound.column) && !sealed(bound.field)).map((bound) => bound.column),
    updateColumns: binding.columns.filter((bound) => rest.includes(bound.column) && open(bound.field)).map((bound) => bound.column),
    deletable: true,
  };
}
