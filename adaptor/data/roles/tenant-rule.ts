import { escapeIdentifier } from 'pg';

/**
 * The statements that put a table under the row rule of the cloud: a session sees and writes only rows of the tenant that
 * it names in the setting `tidegate.tenant` (transaction-local), and without a name none. FORCE holds the table's owner too.
 * For tables that registration makes; idempotent.
 */
export function tenantRuleStatements(schema: string, table: string, tenantColumn: string): string[] {
  const name = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
  return [
    `alter table ${name} enable row level security, force row level security`,
    `drop policy if exists "tenant" on ${name}`,
    `create policy "tenant" on ${name} using (${escapeIdentifier(tenantColumn)} = current_setting('tidegate.tenant', true))`,
  ];
}
