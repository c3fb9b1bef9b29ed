import type { AccessRule } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, logKeyColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { dollarQuoted, ident, literal, qualified } from '../quoting.ts';
import { grantStatements } from './collection-grants.ts';

/** Beginning of the names of policies that rules make. */
const RULE = 'tidegate_access_rule';

/** Policy that leaves all other roles what they may; it stands only where Tidegate switched row level security on. */
const OTHERS = 'tidegate_access_others';

interface Table {
  readonly schema: string;
  readonly table: string;
}

/**
 * The statements that write a table's rules for the users of the CRM's application, in the place of those before; that take them
 * away where there are none any more; nothing where there never were any. Throws `configuration-invalid` for a role that does
 * not exist, or rules in more than one collection of the table.
 */
export async function accessStatements(client: Queryable, plans: readonly CollectionPlan[], shape: TableShape): Promise<readonly string[]> {
  const ruled = plans.filter(({ binding }) => binding.access !== undefined);
  const [plan] = ruled;
  if (plan?.binding.access === undefined) return (await hasRules(client, shape)) ? [removeAccessStatement(shape)] : [];
  if (ruled.some(({ binding }) => JSON.stringify(binding.access) !== JSON.stringify(plan.binding.access)))
    throw new TidegateError('configuration-invalid', `${shape.schema}.${shape.table}: its collections have different rules of access.`);
  const { access } = plan.binding;
  const known = await controlRows<{ name: string }>(client, 'SELECT rolname::text AS name FROM pg_roles WHERE rolname = ANY ($1)', [
    access.map(({ role }) => role),
  ]);
  const missing = access.filter(({ role }) => !known.some(({ name }) => name === role));
  if (missing.length > 0)
    throw new TidegateError('configuration-invalid', `${shape.schema}.${shape.table}: there is no role ${missing.map(({ role }) => role).join(', ')}.`);
  return [removeRulesStatement(shape), enableStatement(shape), ...access.flatMap((rule, i) => ruleStatements(plan, shape, rule, i + 1))];
}

/** The statement that takes all rules of a table away, with what Tidegate switched on for them. */
export function removeAccessStatement(table: Table): string {
  const name = qualified(table.schema, table.table);
  return doBlock(`${dropRules(table)}
  IF EXISTS (SELECT FROM pg_policy WHERE polrelid = ${literal(name)}::regclass AND polname = '${OTHERS}') THEN
    DROP POLICY ${OTHERS} ON ${name};
    ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
  END IF;`);
}

const removeRulesStatement = (table: Table): string => doBlock(dropRules(table));

/** Rights go with the rules; what the roles held before them comes back (`noteStatement`). */
function dropRules({ schema, table }: Table): string {
  const name = qualified(schema, table);
  return `FOR v_rule IN SELECT p.polname, r.rolname, obj_description(p.oid, 'pg_policy') AS held FROM pg_policy p LEFT JOIN pg_roles r ON r.oid = ANY (p.polroles)
    WHERE p.polrelid = ${literal(name)}::regclass AND starts_with(p.polname, '${RULE}') LOOP
    EXECUTE format('DROP POLICY IF EXISTS %I ON ${name.replaceAll('%', '%%').replaceAll("'", "''")}', v_rule.polname);
    EXECUTE format('REVOKE ALL ON ${name.replaceAll('%', '%%').replaceAll("'", "''")} FROM %I', v_rule.rolname);
    IF v_rule.held IS NOT NULL THEN
      v_given := v_given || format('GRANT %s ON ${name.replaceAll('%', '%%').replaceAll("'", "''")} TO %I', v_rule.held, v_rule.rolname);
    END IF;
  END LOOP;
  FOREACH v_grant IN ARRAY v_given LOOP
    EXECUTE v_grant;
  END LOOP;`;
}

/** Whoever is under no rule keeps what grants give, the table's owner too; a customer's own policies stay as they are. */
function enableStatement({ schema, table }: Table): string {
  const name = qualified(schema, table);
  return doBlock(`IF NOT (SELECT relrowsecurity FROM pg_class WHERE oid = ${literal(name)}::regclass) THEN
    CREATE POLICY ${OTHERS} ON ${name} USING (true);
    ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  END IF;`);
}

/** Grants for the fields, and for the records a permissive policy that opens them with a restrictive one that nothing can widen. */
function ruleStatements(plan: CollectionPlan, shape: TableShape, { role, read, write, hidden, readOnly }: AccessRule, number: number): readonly string[] {
  const key = logKeyColumns(plan);
  const visible = shape.columns.map(({ name }) => name).filter((name) => !key.includes(name) && !hidden.includes(name));
  const generated = shape.columns.filter((column) => column.generated).map(({ name }) => name);
  const writable = write === 'false' ? [] : visible.filter((name) => !readOnly.includes(name) && !generated.includes(name));
  const grant = {
    schema: shape.schema,
    table: shape.table,
    keyColumns: key,
    readColumns: visible,
    insertColumns: writable,
    updateColumns: writable,
    deletable: write !== 'false',
  };
  const policy = (command: string, conditions: string) =>
    (['PERMISSIVE', 'RESTRICTIVE'] as const).map(
      (kind) =>
        `CREATE POLICY ${RULE}_${number}_${command.toLowerCase()}_${kind.toLowerCase()} ON ${qualified(shape.schema, shape.table)} AS ${kind} FOR ${command} TO ${ident(role)} ${conditions}`,
    );
  return [
    ...policy('SELECT', `USING (${read}\n)`),
    ...policy('INSERT', `WITH CHECK (${write}\n)`),
    ...policy('UPDATE', `USING (${write}\n) WITH CHECK (${write}\n)`),
    ...policy('DELETE', `USING (${write}\n)`),
    noteStatement(shape, role, `${RULE}_${number}_select_permissive`),
    ...grantStatements(grant, role),
  ];
}

/** Keeps what a role holds on a table, before a rule takes its place, beside one of the rule's policies. */
function noteStatement({ schema, table }: Table, role: string, policy: string): string {
  const name = qualified(schema, table);
  const [tableOid, roleOid] = [`${literal(name)}::regclass`, `${literal(ident(role))}::regrole`];
  return doBlock(`SELECT string_agg(held.what, ', ') AS held INTO v_rule FROM (
    SELECT x.privilege_type AS what FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = ${tableOid} AND x.grantee = ${roleOid}
    UNION SELECT format('%s (%I)', x.privilege_type, a.attname) FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = ${tableOid} AND x.grantee = ${roleOid}
  ) held;
  EXECUTE format('COMMENT ON POLICY ${policy} ON ${name.replaceAll('%', '%%').replaceAll("'", "''")} IS %L', v_rule.held);`);
}

async function hasRules(client: Queryable, { schema, table }: Table): Promise<boolean> {
  const row = await controlRow(client, `SELECT FROM pg_policy WHERE polrelid = to_regclass($1) AND starts_with(polname, 'tidegate_access_') LIMIT 1`, [
    qualified(schema, table),
  ]);
  return row !== undefined;
}

function doBlock(body: string): string {
  return `DO ${dollarQuoted(`
DECLARE
  v_rule record;
  v_given text[] := '{}';
  v_grant text;
BEGIN
  ${body}
END
`)}`;
}
