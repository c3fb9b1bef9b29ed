import type { ColumnShape, TableShape } from '../../adaptor/data/introspection.ts';
import type { SurveyedTable } from '../../adaptor/data/survey-tables.ts';
import { fieldNames } from './names.ts';

/** A table as init reads it. */
export interface ReadTable {
  readonly survey: SurveyedTable;
  readonly shape: TableShape;
}

/** A field of a proposed collection. */
export interface ProposedField {
  readonly field: string;
  readonly column: string;
  /** Set where the cloud's changes must not come in. */
  readonly authority?: 'crm';
  /** Why it is as it is. */
  readonly note?: string;
}

/** A collection as init proposes it. */
export interface ProposedCollection {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly key: readonly string[];
  readonly fields: readonly ProposedField[];
  /** Columns that stay in the CRM, and why. */
  readonly leftOut: readonly { readonly column: string; readonly reason: string }[];
  readonly references: readonly { readonly fields: readonly string[]; readonly collection: string }[];
  /** Whether each side makes keys of its own. */
  readonly linked: boolean;
  readonly notes: readonly string[];
}

/** Most key fields, and most fields, that a definition has (exchange/collection.ts). */
const MAX_KEY = 8;
const MAX_FIELDS = 400;

const SECRET = /passw|pwd|secret|token|api_?key|private_?key|salt/i;
const MIGRATION_TABLES = /^(_prisma_migrations|schema_migrations|flyway_schema_history|knex_migrations(_lock)?|__diesel_schema_migrations|alembic_version)$/;

/** Why a table cannot be synchronised; undefined where it can. */
export function whyNot({ shape }: ReadTable): string | undefined {
  if (shape.obstacle !== undefined) return shape.obstacle;
  if (MIGRATION_TABLES.test(shape.table)) return 'a migration tool keeps its own notes there';
  if ([shape.schema, shape.table].some((name) => name.includes('.'))) return 'there is a dot in its name, which a configuration cannot say';
  if (keyOf(shape) === undefined) return 'it has no primary key, nor a unique key without nulls: nothing tells its records apart';
  return undefined;
}

/** The columns that tell records apart: the primary key, else the first unique key without nulls. */
function keyOf(shape: TableShape): readonly string[] | undefined {
  return shape.uniqueKeys.find((key) => key.length <= MAX_KEY);
}

/** A table as a collection, without references: they depend on what else is proposed. */
export function proposeCollection({ survey, shape }: ReadTable, name: string): ProposedCollection {
  const key = keyOf(shape) ?? [];
  const linked = key.length === 1 && survey.sequenceColumns.includes(key[0] ?? '');
  const sorted = shape.columns.toSorted((a, b) => Number(key.includes(b.name)) - Number(key.includes(a.name)));
  const reasons = new Map(sorted.map((column, i) => [column.name, key.includes(column.name) ? undefined : whyColumnStays(column, i)]));
  const kept = sorted.filter((column) => reasons.get(column.name) === undefined);
  const names = fieldNames(kept.map((column) => column.name));
  const fields = kept.map((column) => proposeField(column, names.get(column.name) ?? column.name, key.includes(column.name)));
  const required = shape.columns.filter((column) => !column.nullable && !column.hasDefault && !column.generated && !names.has(column.name));
  return {
    name,
    schema: shape.schema,
    table: shape.table,
    key: key.map((column) => names.get(column) ?? column),
    fields,
    leftOut: shape.columns.flatMap((column) => {
      const reason = reasons.get(column.name);
      return reason === undefined ? [] : [{ column: column.name, reason }];
    }),
    references: [],
    linked,
    notes: [
      ...(shape.estimatedRows > 0 ? [`about ${shape.estimatedRows} rows`] : []),
      ...(shape.primaryKey.length === 0 ? ['it has no primary key: its first unique key without nulls serves'] : []),
      ...(linked ? ['a sequence makes its keys, so each side keeps keys of its own, and Tidegate translates them'] : []),
      ...(!linked && key.some((column) => survey.sequenceColumns.includes(column))
        ? ['a sequence makes a part of its key: records should be added at the CRM only']
        : []),
      ...(survey.rowSecurity ? ['row level security is on: tidegate_consumer and tidegate_reverse need policies of their own'] : []),
      ...(survey.owned ? [] : ['it belongs to another role, which has to attach it']),
      ...required.map((column) => `the cloud cannot add records: "${column.name}" is required and stays in the CRM`),
    ],
  };
}

function whyColumnStays(column: ColumnShape, place: number): string | undefined {
  if (column.virtual) return 'it is computed at every reading, so that no trigger sees it change';
  if (SECRET.test(column.name)) return 'it looks like a secret; name it among the fields if it may leave the company';
  return place >= MAX_FIELDS ? `a collection has at most ${MAX_FIELDS} fields` : undefined;
}

function proposeField(column: ColumnShape, field: string, inKey: boolean): ProposedField {
  const base = { field, column: column.name };
  if (column.generated && !inKey) return { ...base, authority: 'crm', note: 'the database computes it' };
  if (['oid', 'lo'].includes(column.baseType)) return { ...base, authority: 'crm', note: 'if it names a large object: the object itself does not travel' };
  return base;
}
