import type { ClientBase } from 'pg';
import { ident, literal, qualified } from '../../adaptor/data/quoting.ts';
import { grantStatements } from '../../adaptor/data/roles/collection-grants.ts';
import type { EmployeeTable, TableRule } from './employee-access.ts';
import { EMPLOYEE_ROLE } from './employee-grant.ts';
import { TENANT_COLUMN } from './placement.ts';

/** Beginning of the names of policies that rules make. */
const RULE = 'tidegate_employee';

const HELD = `
  select a.attname::text as column, has_column_privilege($2, a.attrelid, a.attnum, 'select')::text as read,
         has_column_privilege($2, a.attrelid, a.attnum, 'insert')::text as insert, has_column_privilege($2, a.attrelid, a.attnum, 'update')::text as update
    from pg_catalog.pg_attribute a where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`;

/**
 * The statements that give the database roles of rules their rights on a table: what employees without rules hold there,
 * narrowed. To be run as the registrar, after theirs.
 */
export async function accessGrants(client: ClientBase, table: EmployeeTable, rules: readonly TableRule[]): Promise<readonly string[]> {
  const { rows } = await client.query<Record<'column' | 'read' | 'insert' | 'update', string>>(HELD, [qualified(table.schema, table.table), EMPLOYEE_ROLE]);
  const held = (right: 'read' | 'insert' | 'update') =>
    rows.filter((row) => row[right] === 'true' && !table.keyColumns.includes(row.column)).map(({ column }) => column);
  return rules.flatMap(({ databaseRole, write, hidden, readOnly }) => {
    const writable = (columns: readonly string[]) =>
      write === 'false' ? [] : columns.filter((column) => !hidden.includes(column) && !readOnly.includes(column));
    return grantStatements(
      {
        schema: table.schema,
        table: table.table,
        keyColumns: table.keyColumns,
        readColumns: held('read').filter((column) => !hidden.includes(column)),
        insertColumns: writable(held('insert')),
        updateColumns: writable(held('update')),
        deletable: write !== 'false',
      },
      databaseRole,
    );
  });
}

/**
 * The statements that write a table's row rules in the place of those before. All of them restrict: no other policy widens
 * them. Who works without rules sees no record of a tenant that has some. To be run as the table's owner.
 */
export function accessPolicies({ schema, table }: EmployeeTable, rules: readonly TableRule[]): readonly string[] {
  const name = qualified(schema, table);
  const tenant = ident(TENANT_COLUMN);
  const policy = (number: string, command: string, role: string, conditions: string): string =>
    `create policy ${ident(`${RULE}_${number}`)} on ${name} as restrictive for ${command} to ${ident(role)} ${conditions}`;
  const ruled = [...new Set(rules.map((rule) => rule.tenant))].map(literal).join(', ');
  return [
    removePoliciesStatement(schema, table),
    ...rules.flatMap((rule, i) => {
      const condition = (reach: string): string => `${tenant} = ${literal(rule.tenant)} and (${reach}\n)`;
      return [
        policy(`${i}_select`, 'select', rule.databaseRole, `using (${condition(rule.read)})`),
        policy(`${i}_insert`, 'insert', rule.databaseRole, `with check (${condition(rule.write)})`),
        policy(`${i}_update`, 'update', rule.databaseRole, `using (${condition(rule.write)}) with check (${condition(rule.write)})`),
        policy(`${i}_delete`, 'delete', rule.databaseRole, `using (${condition(rule.write)})`),
      ];
    }),
    ...(ruled === '' ? [] : [policy('others', 'all', EMPLOYEE_ROLE, `using (${tenant} not in (${ruled}))`)]),
  ];
}

/** The statement that takes the row rules of a table away. */
function removePoliciesStatement(schema: string, table: string): string {
  const name = qualified(schema, table);
  return `do $tidegate_rules$
declare
  rule name;
begin
  for rule in select polname from pg_policy where polrelid = ${literal(name)}::regclass and starts_with(polname, '${RULE}') loop
    execute format('drop policy %I on %s', rule, ${literal(name)}::regclass);
  end loop;
end
$tidegate_rules$`;
}
