import { createHash } from 'node:crypto';
import { TidegateError } from '../../exchange/errors.ts';
import { employeeKindSchema, type EmployeeKind } from '../employees/roles.ts';
import { CLOUD_APPLICATIONS } from '../applications/registry.ts';
import { recordsColumnName, recordsTableName, RECORDS_SCHEMA } from './placement.ts';

/** Which records a rule reaches: all, the employee's own, none, or those of a condition in SQL on the table's columns. */
export type EmployeeReach = 'all' | 'own' | 'none' | { readonly sql: string };

/** What one kind of employee may do with a collection's records and fields. */
export interface EmployeeRule {
  readonly role: EmployeeKind;
  readonly read: EmployeeReach;
  readonly write: EmployeeReach;
  readonly hidden: readonly string[];
  readonly readOnly: readonly string[];
}

/** Rules for one collection of one tenant, as the third party configures them (configuration/cloud-config.ts). */
export interface CollectionAccess {
  readonly tenant: string;
  readonly collection: string;
  readonly owner?: string | undefined;
  readonly rules: readonly EmployeeRule[];
}

/** All rules of a cloud. */
export type CloudAccess = readonly CollectionAccess[];

/** What an employee may do where no rule says otherwise. */
const USUAL: Readonly<Record<EmployeeKind, EmployeeRule>> = {
  editor: { role: 'editor', read: 'all', write: 'all', hidden: [], readOnly: [] },
  reader: { role: 'reader', read: 'all', write: 'none', hidden: [], readOnly: [] },
};

/**
 * Database role in which the employees of one kind of a tenant with rules work: `cloud_editor$tenant`. What is longer than
 * PostgreSQL's 63 bytes ends in a hash of the whole.
 */
export function employeeRoleName(tenant: string, role: EmployeeKind): string {
  const name = `cloud_${role}$${tenant}`;
  return name.length <= 63 ? name : `${name.slice(0, 46)}$${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/** A rule on one table, in its columns. */
export interface TableRule {
  readonly databaseRole: string;
  readonly tenant: string;
  /** SQL conditions. */
  readonly read: string;
  readonly write: string;
  readonly hidden: readonly string[];
  readonly readOnly: readonly string[];
}

/** A table of employees' records, with the columns that it has and its key's, the tenant's among them. */
export interface EmployeeTable {
  readonly schema: string;
  readonly table: string;
  readonly collection: string;
  readonly columns: readonly string[];
  readonly keyColumns: readonly string[];
}

/** Tenants for which there are rules. */
export const ruledTenants = (access: CloudAccess): readonly string[] => [...new Set(access.map(({ tenant }) => tenant))];

/** Database roles of all employees for whom there are rules. */
export const ruledRoles = (access: CloudAccess): readonly string[] =>
  ruledTenants(access).flatMap((tenant) => employeeKindSchema.options.map((role) => employeeRoleName(tenant, role)));

/**
 * The rules on a table: one for each kind of employee of each tenant with rules that has records there. Throws
 * `configuration-invalid` for fields that it does not have, and for a hidden key.
 */
export function tableRules(access: CloudAccess, table: EmployeeTable): readonly TableRule[] {
  return ruledTenants(access)
    .filter((tenant) => table.schema !== RECORDS_SCHEMA || recordsTableName(tenant, table.collection) === table.table)
    .flatMap((tenant) => {
      const own = access.find((each) => each.tenant === tenant && each.collection === table.collection);
      return employeeKindSchema.options.map((role): TableRule => {
        const rule = own?.rules.find((each) => each.role === role) ?? USUAL[role];
        const columns = (fields: readonly string[]) => fields.map((field) => requireColumn(table, tenant, field));
        const hidden = columns(rule.hidden);
        const key = hidden.find((column) => table.keyColumns.includes(column));
        if (key !== undefined) throw fault(table, tenant, `"${key}" belongs to the key and cannot be hidden`);
        const condition = (reach: EmployeeReach): string =>
          typeof reach === 'object' ? reach.sql : { all: 'true', none: 'false', own: ownCondition(table, tenant, own?.owner) }[reach];
        return {
          databaseRole: employeeRoleName(tenant, role),
          tenant,
          read: condition(rule.read),
          write: role === 'reader' ? 'false' : condition(rule.write),
          hidden,
          readOnly: columns(rule.readOnly),
        };
      });
    });
}

/** An employee's own records are those that hold the e-mail address that the transaction names. */
function ownCondition(table: EmployeeTable, tenant: string, owner: string | undefined): string {
  if (owner === undefined) return 'false';
  return `"${requireColumn(table, tenant, owner).replaceAll('"', '""')}"::text = nullif(current_setting('tidegate.user', true), '')`;
}

/** The column of a field, or the column of this name. */
function requireColumn(table: EmployeeTable, tenant: string, field: string): string {
  const application = table.schema === RECORDS_SCHEMA ? undefined : CLOUD_APPLICATIONS.find(({ collection }) => collection === table.collection);
  const bound = application?.columns[field]?.column ?? (application === undefined ? recordsColumnName(field) : field);
  if (!table.columns.includes(bound)) throw fault(table, tenant, `there is no "${field}" at this cloud`);
  return bound;
}

function fault({ collection }: EmployeeTable, tenant: string, what: string): TidegateError {
  return new TidegateError('configuration-invalid', `Rules of access for ${collection} of ${tenant}: ${what}.`, { tenant, collection });
}
