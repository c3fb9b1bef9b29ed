import { returningFields } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Side } from '../../../exchange/names.ts';
import type { ColumnShape, ForeignKeyShape, TableShape } from '../introspection.ts';
import { type CollectionPlan, capturedColumns, columnOf, logKeyColumns } from '../plan.ts';

/** The login roles whose writes capture and guard treat in a special way. */
export const CAPTURE_ROLES = { reverse: 'tidegate_reverse', producer: 'tidegate_producer', consumer: 'tidegate_consumer' } as const;

/** What a message may order of this table, by link and collection: field -> column, of the fields that the cloud may change. */
export type GuardedFields = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** All that the generated triggers of one table depend on. */
export interface TableCapture {
  readonly side: Side;
  readonly schema: string;
  readonly table: string;
  /** Columns of `change_log.key`, in order. */
  readonly keyColumns: readonly ColumnShape[];
  /** Columns whose changes are logged, the key's among them. */
  readonly columns: readonly ColumnShape[];
  readonly guarded: GuardedFields;
  /** Foreign keys by which a deleted parent changes or deletes rows of this table. */
  readonly actingKeys: readonly ActingKey[];
}

/** A foreign key that acts, with the types of its columns here. */
export interface ActingKey extends Omit<ForeignKeyShape, 'columns'> {
  readonly columns: readonly ColumnShape[];
}

/** Text by which the injector names the table of its statements in `tidegate.injecting`: only those are told as its own. */
export function injectingSetting({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${schema}.${table}`;
}

/**
 * The capture of a table for all plans that are bound to it (one for each link and collection): they must agree on the key.
 * Throws `configuration-invalid`.
 */
export function planCapture(plans: readonly CollectionPlan[], shape: TableShape): TableCapture {
  const [first] = plans;
  if (first === undefined) throw new TidegateError('configuration-invalid', 'A table is captured for at least one collection.');
  if (shape.obstacle !== undefined) throw refusal(shape, `it cannot be captured: ${shape.obstacle}`);
  const key = logKeyColumns(first);
  for (const plan of plans) {
    if (plan.binding.schema !== shape.schema || plan.binding.table !== shape.table)
      throw refusal(shape, `collection ${plan.definition.name} lives in another table`);
    if (logKeyColumns(plan).join('\0') !== key.join('\0')) throw refusal(shape, `collection ${plan.definition.name} has another key`);
  }
  const find = (name: string): ColumnShape => {
    const column = shape.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw refusal(shape, `it has no column "${name}"`);
    return column;
  };
  return {
    side: first.side,
    schema: shape.schema,
    table: shape.table,
    keyColumns: key.map(find),
    columns: [...new Set([...plans.flatMap(capturedColumns), ...ownActingColumns(shape)])].map(find),
    guarded: guardedFields(plans),
    actingKeys: shape.actingKeys.map((key) => ({ ...key, columns: key.columns.map(find) })),
  };
}

/** References within the table that act: the log must tell whether a record that went had a parent. */
function ownActingColumns({ schema, table, actingKeys }: TableShape): readonly string[] {
  return actingKeys.filter((key) => key.parentSchema === schema && key.parentTable === table).flatMap(({ columns }) => columns);
}

function guardedFields(plans: readonly CollectionPlan[]): GuardedFields {
  const guarded: Record<string, Record<string, Record<string, string>>> = {};
  for (const plan of plans) {
    const fields = returningFields(plan.definition).flatMap((field) => {
      const column = columnOf(plan, field)?.column;
      return column === undefined ? [] : [[field, column] as const];
    });
    (guarded[plan.linkName] ??= {})[plan.definition.name] = Object.fromEntries(fields);
  }
  return guarded;
}

function refusal({ schema, table }: TableShape, fault: string): TidegateError {
  return new TidegateError('configuration-invalid', `${schema}.${table}: ${fault}.`, { schema, table });
}
