import { changeableFields, returningFields } from '../../../exchange/collection.ts';
import { type CollectionPlan, capturedColumns, columnOf, logKeyColumns } from '../plan.ts';
import { type CollectionGrant, grantStatements, revokeStatements } from '../roles/collection-grants.ts';
import { CAPTURE_ROLES } from './capture.ts';

/** Statements that give the CRM's roles what they need of a table, for all plans bound to it. */
export function collectionGrants(plans: readonly CollectionPlan[]): readonly string[] {
  return collectionRights(plans).flatMap(({ role, grant }) => grantStatements(grant, role));
}

/** What the CRM's roles need of a table, for all plans bound to it: reading to one, the field rule to the other. */
export function collectionRights(plans: readonly CollectionPlan[]): readonly { readonly role: string; readonly grant: CollectionGrant }[] {
  const [first] = plans;
  if (first === undefined) return [];
  const all = (columnsOf: (plan: CollectionPlan) => readonly string[]) => [...new Set(plans.flatMap(columnsOf))];
  const key = logKeyColumns(first);
  const beside = (columns: readonly string[]) => columns.filter((column) => !key.includes(column));
  const read = beside(all(capturedColumns));
  const changeable = all((plan) => changeableFields(plan.definition, 'cloud').flatMap((field) => columnOf(plan, field)?.column ?? []));
  const returning = all((plan) => returningFields(plan.definition).flatMap((field) => columnOf(plan, field)?.column ?? []));
  const base = { schema: first.binding.schema, table: first.binding.table, keyColumns: key, readColumns: read } as const;
  // Where rows lie: an initial load reads the table page by page.
  const reader: CollectionGrant = { ...base, readColumns: [...read, 'ctid'], insertColumns: [], updateColumns: [], deletable: false };
  const writer: CollectionGrant = {
    ...base,
    insertColumns: [...returning, ...beside(all((plan) => Object.keys(plan.binding.constants)))],
    updateColumns: changeable,
    deletable: true,
  };
  return [
    { role: CAPTURE_ROLES.consumer, grant: reader },
    { role: CAPTURE_ROLES.reverse, grant: writer },
  ];
}

/** Statements that take the CRM's roles' rights on a table away. */
export function collectionRevokes(table: { readonly schema: string; readonly table: string }, isThere: boolean): readonly string[] {
  const statements = [revokeStatements(table, CAPTURE_ROLES.consumer), revokeStatements(table, CAPTURE_ROLES.reverse)];
  // A table that was dropped took its rights along; the use of its schema stays to be taken back.
  return statements.flatMap((each) => (isThere ? each : each.slice(1)));
}
