import type { Pool } from 'pg';
import { ATTACH_LOCK, attachTable } from '../../adaptor/data/capture/attach.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { grantCollection } from '../../adaptor/data/roles/collection-grants.ts';
import type { CollectionDefinition } from '../../exchange/collection.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { LinkIdentity } from '../../exchange/names.ts';
import { EMPLOYEE_ROLE, employeeGrant } from './employee-grant.ts';
import type { CloudAccess } from './employee-access.ts';
import { type Placement, placementOf } from './placement.ts';
import { registerAccess } from './provision-access.ts';
import { ensureReferences } from './records-references.ts';
import { ensureRecordsTable } from './records-table.ts';
import { cloudPlan, registeredPlans } from './registered-plans.ts';
import { sealedColumns, sealedRuleStatements } from './sealed-rule.ts';

/** Pools of the two roles that a registration needs. */
export interface ServiceManagerPools {
  /** As `tidegate_producer`. */
  readonly pool: Pool;
  /** As `tidegate_registrar`. */
  readonly registrarPool: Pool;
  /** Rules for the third party's own users; left out: none. */
  readonly access?: CloudAccess | undefined;
}

/** Statements of a registration wait so long for a table that others use. */
const LOCK_TIMEOUT = '10s';

/**
 * Makes a collection's place in this cloud ready: an application's table, or a table of plain records that is made or
 * widened; capture; and what employees may change. Repeatable. Nothing is noted in the control plane yet. Throws `schema-drifted` (named column by column), `database-refused`, `database-unavailable`.
 */
export async function prepareCollection(pools: ServiceManagerPools, link: LinkIdentity, definition: CollectionDefinition): Promise<Placement> {
  const placement = placementOf(link, definition);
  const others = (await registeredPlans(pools.pool)).filter(
    (plan) => plan.linkName !== cloudPlan(link, definition).linkName || plan.definition.name !== definition.name,
  );
  const before = (await registeredPlans(pools.pool, link)).find((plan) => plan.definition.name === definition.name);
  if (before !== undefined) refuseOtherKey(before.definition, definition);
  const plan = cloudPlan(link, definition);
  const siblings = others.filter((other) => other.linkName === plan.linkName);
  await inTransaction(pools.registrarPool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(ATTACH_LOCK);
    if (placement.kind === 'records') await ensureRecordsTable(client, definition, placement.binding);
    await ensureReferences(client, plan, [...siblings, plan]);
    // Children that were registered before their parent.
    for (const child of siblings.filter((sibling) => refersTo(sibling, definition.name))) await ensureReferences(client, child, [plan]);
  });
  await captureAndGrant(pools, [plan, ...others.filter((other) => sameTable(other, plan))]);
  return placement;
}

/** Captures the tables of all registered collections again: at start-up, so that a newer version's capture is in place. */
export async function refreshCapture(pools: ServiceManagerPools): Promise<void> {
  const rest = [...(await registeredPlans(pools.pool))];
  for (;;) {
    const [first] = rest;
    if (first === undefined) return;
    const together = rest.filter((plan) => sameTable(plan, first));
    for (const plan of together) rest.splice(rest.indexOf(plan), 1);
    await captureAndGrant(pools, together);
  }
}

/** All plans of one table at a time: capture and field rule depend on every one of them. */
async function captureAndGrant({ registrarPool, access = [] }: ServiceManagerPools, plans: readonly CollectionPlan[]): Promise<void> {
  const [first] = plans;
  if (first === undefined) return;
  await attachTable(registrarPool, plans);
  const definitions = plans.map((plan) => plan.definition);
  await inTransaction(registrarPool, async (client) => {
    await client.query(ATTACH_LOCK);
    await grantCollection(client, employeeGrant(first.binding, definitions, first.definition.key), EMPLOYEE_ROLE);
    await registerAccess(client, access, first.binding);
    for (const statement of sealedRuleStatements(first.binding, sealedColumns(first.binding, definitions))) await client.query(statement);
  });
}

function sameTable(a: CollectionPlan, b: CollectionPlan): boolean {
  return a.binding.schema === b.binding.schema && a.binding.table === b.binding.table;
}

function refersTo(plan: CollectionPlan, collection: string): boolean {
  return plan.definition.references.some((reference) => reference.collection === collection);
}

/** A registered collection keeps its key: with another one it would be another collection, perhaps in another place. */
function refuseOtherKey(before: CollectionDefinition, now: CollectionDefinition): void {
  const keyOf = (definition: CollectionDefinition) =>
    definition.key.map((name) => `${name}: ${definition.fields.find((field) => field.name === name)?.type ?? ''}`);
  const [held, wanted] = [keyOf(before), keyOf(now)];
  if (held.join('\n') === wanted.join('\n')) return;
  throw new TidegateError('schema-drifted', `${now.name}: key (${held.join(', ')}) -> (${wanted.join(', ')}).`, { collection: now.name, columns: ['key'] });
}
