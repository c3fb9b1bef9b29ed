import { TidegateError } from '../../../exchange/errors.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, capturedColumns, columnOf, keyColumns, logKeyColumns } from '../plan.ts';

/** What capture knows of a table. */
export interface SourceRow {
  readonly id: number;
  readonly columns: readonly string[];
  readonly keyColumns: readonly string[];
}

/**
 * In what a table differs from what was registered and captured, a line for each column; empty where nothing does. At the
 * cloud, types are its own affair: only columns have to be there.
 */
export function findDrift(plan: CollectionPlan, shape: TableShape | undefined, source: SourceRow | undefined): readonly string[] {
  if (shape === undefined) return [`${plan.binding.schema}.${plan.binding.table}: the table is gone, or not to be seen`];
  const missing = capturedColumns(plan).filter((name) => !shape.columns.some((column) => column.name === name));
  const key = logKeyColumns(plan);
  const unique = shape.uniqueKeys.some((columns) => columns.length === key.length && columns.every((name) => key.includes(name)));
  return [
    ...missing.map((name) => `${name}: dropped or renamed`),
    ...(plan.side === 'crm' ? changedTypes(plan, shape) : []),
    ...(unique || missing.some((name) => key.includes(name)) ? [] : [`(${key.join(', ')}): no longer a key`]),
    ...captureFaults(plan, shape, source),
  ];
}

/** Throws `schema-drifted`, naming column by column what differs. */
export function driftError(plan: CollectionPlan, drift: readonly string[]): TidegateError {
  return new TidegateError('schema-drifted', `${plan.definition.name}: ${drift.join('; ')}.`, { collection: plan.definition.name, columns: drift });
}

function changedTypes(plan: CollectionPlan, shape: TableShape): readonly string[] {
  return plan.definition.fields.flatMap((field) => {
    const column = shape.columns.find(({ name }) => name === columnOf(plan, field.name)?.column);
    if (column === undefined) return [];
    const translated = isTranslated(plan, field.name);
    return [
      ...(column.type === field.type || translated || field.sealed === true ? [] : [`${column.name}: ${field.type} became ${column.type}`]),
      ...(column.nullable === field.nullable ? [] : [`${column.name}: ${column.nullable ? 'may be null now' : 'may not be null any more'}`]),
    ];
  });
}

/** Whether the wire holds a minted key where the table holds its own. */
function isTranslated(plan: CollectionPlan, field: string): boolean {
  if (plan.binding.identity.kind === 'linked' && plan.definition.key.includes(field)) return true;
  return plan.definition.references.some((reference) => plan.linkedParents.includes(reference.collection) && reference.fields.includes(field));
}

function captureFaults(plan: CollectionPlan, shape: TableShape, source: SourceRow | undefined): readonly string[] {
  if (source === undefined || !shape.captured) return ['(table): its changes are not captured; attach it again'];
  if (source.keyColumns.join('\0') !== logKeyColumns(plan).join('\0')) return [`(${keyColumns(plan).join(', ')}): captured under another key; attach it again`];
  const uncaptured = capturedColumns(plan).filter((name) => !source.columns.includes(name));
  return uncaptured.map((name) => `${name}: its changes are not captured; attach it again`);
}
