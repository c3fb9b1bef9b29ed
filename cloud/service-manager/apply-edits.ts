import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import type { EmployeeRole } from '../employees/roles.ts';
import { asEmployee } from './as-employee.ts';
import { TENANT_COLUMN } from './placement.ts';
import { versionSql } from './record-version.ts';
import { type EmployeeColumn, type EmployeePlace, employeePlace } from './employee-place.ts';

/** Values by field, in the words of the wire (names, enumerations, text forms); null clears a field. */
export type EditValues = Readonly<Record<string, string | null>>;

/** The version that the employee saw, of the fields that the employee may see (record-version.ts): another one is left as it is. */
export interface RecordVersion {
  readonly digest: string;
  readonly columns: readonly string[];
}

/** One edit of a record of the cloud by one of its own users. */
export type Edit =
  | { readonly collection: string; readonly key: EditValues; readonly set: EditValues; readonly version?: RecordVersion }
  | { readonly collection: string; readonly insert: EditValues }
  | { readonly collection: string; readonly key: EditValues; readonly delete: true; readonly version?: RecordVersion };

/** Edits of one employee, made together or not at all. */
export interface Edits {
  readonly tenant: string;
  /** Who edits, as the change log shall name them. */
  readonly actor: string;
  /** Default: an editor. */
  readonly role?: EmployeeRole | undefined;
  readonly edits: readonly Edit[];
}

/**
 * Makes edits as the cloud's own users make them: as the role `cloud_user`, under the tenant's row rule, the field rule and
 * rules of access, in one transaction. Answers the number of records changed.
 * Throws `record-not-found`, `record-denied`, `version-conflict`, `field-denied`, `collection-unknown`, `value-invalid`, `constraint-violated`.
 */
export async function applyEdits(pool: Pool, { tenant, actor, role = 'editor', edits }: Edits): Promise<number> {
  return asEmployee(pool, { tenant, email: actor, role }, async (client) => {
    for (const edit of edits) await applyEdit(client, tenant, edit);
    return edits.length;
  });
}

async function applyEdit(client: PoolClient, tenant: string, edit: Edit): Promise<void> {
  const place = await employeePlace(client, tenant, edit.collection);
  const { text, values } = statementOf(place, tenant, edit);
  try {
    const { rowCount } = await client.query(text, [...values]);
    if (rowCount === 0 && !('insert' in edit))
      throw new TidegateError(await whyNothing(client, place, tenant, edit), undefined, { collection: edit.collection });
  } catch (error) {
    throw refusalOf(error, edit);
  }
}

/** Nothing changed: the record is not there (or not to be seen), is no longer what the employee saw, or not the employee's to change. */
async function whyNothing(
  client: PoolClient,
  place: EmployeePlace,
  tenant: string,
  edit: Exclude<Edit, { insert: unknown }>,
): Promise<'record-not-found' | 'version-conflict' | 'record-denied'> {
  const isThere = async (asked: typeof edit): Promise<boolean> => {
    const { text, values } = statementOf(place, tenant, { ...asked, delete: true });
    return (await client.query(text.replace(/^delete/, 'select 1'), [...values])).rowCount !== 0;
  };
  if (await isThere(edit)) return 'record-denied';
  if (edit.version === undefined) return 'record-not-found';
  const { version: _, ...present } = edit;
  return (await isThere(present)) ? 'version-conflict' : 'record-not-found';
}

/** The statement of an edit. Every value is a parameter, cast by PostgreSQL to the type of its column. */
function statementOf(place: EmployeePlace, tenant: string, edit: Edit): { text: string; values: readonly (string | null)[] } {
  const table = qualified(place.schema, place.table);
  const values: (string | null)[] = [tenant];
  const parameter = (column: EmployeeColumn, value: string | null) => `$${values.push(translated(column, value))}`;
  const pairs = (fields: EditValues) => Object.entries(fields).map(([field, value]) => ({ column: columnOf(place, edit.collection, field), value }));
  if ('insert' in edit) {
    const given = pairs(edit.insert);
    const columns = [TENANT_COLUMN, ...given.map(({ column }) => column.column)].map(ident);
    const list = ['$1', ...given.map(({ column, value }) => parameter(column, value))];
    // What is returned has to be seen: nobody makes a record out of his own sight.
    return { text: `insert into ${table} (${columns.join(', ')}) values (${list.join(', ')}) returning ${ident(TENANT_COLUMN)}`, values };
  }
  if (place.key.some((field) => edit.key[field] == null)) throw new TidegateError('key-invalid', undefined, { collection: edit.collection });
  const condition = [
    `${ident(TENANT_COLUMN)} = $1`,
    ...pairs(edit.key).map(({ column, value }) => `${ident(column.column)} = ${parameter(column, value)}`),
    ...(edit.version === undefined ? [] : [`${versionSql(edit.version.columns)} = $${values.push(edit.version.digest)}`]),
  ].join(' and ');
  if ('delete' in edit) return { text: `delete from ${table} where ${condition}`, values };
  const set = pairs(edit.set).map(({ column, value }) => `${ident(column.column)} = ${parameter(column, value)}`);
  return { text: `update ${table} set ${set.join(', ')} where ${condition}`, values };
}

function columnOf(place: EmployeePlace, collection: string, field: string): EmployeeColumn {
  const column = place.columns.find((candidate) => candidate.field === field);
  if (column === undefined) throw new TidegateError('field-denied', undefined, { collection, field });
  return column;
}

/** A value of the wire in the application's words; a value that stands in no enumeration goes as it is, for the table to refuse. */
function translated({ enumeration }: EmployeeColumn, value: string | null): string | null {
  return value !== null && enumeration !== undefined && Object.hasOwn(enumeration, value) ? (enumeration[value] ?? value) : value;
}

/** A missing right and a row rule have one SQLSTATE; PostgreSQL's routine tells them apart, in every language. */
function deniedBy({ routine }: DatabaseError, edit: Edit): ErrorCode {
  return 'delete' in edit || routine === 'ExecWithCheckOptions' ? 'record-denied' : 'field-denied';
}

function refusalOf(error: unknown, edit: Edit): unknown {
  const { collection } = edit;
  if (!(error instanceof DatabaseError) || error.code === undefined) return error;
  const code: ErrorCode | undefined =
    error.code === '42501'
      ? deniedBy(error, edit)
      : error.code.startsWith('22')
        ? 'value-invalid'
        : error.code.startsWith('23')
          ? 'constraint-violated'
          : undefined;
  return code === undefined ? error : new TidegateError(code, undefined, { collection, sqlState: error.code }, { cause: error });
}
