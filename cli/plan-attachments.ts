import type { Pool } from 'pg';
import { type CollectionPlan } from '../adaptor/data/plan.ts';
import { type PlannedCollection, planCollections, plansByTable } from '../adaptor/data/plan-collections.ts';
import { collectionSource } from '../configuration/collection-source.ts';
import { type Config, inParentOrder } from '../configuration/config.ts';

/** Tables to attach, each with the plans of all links that are bound to it, and the collections that cannot be planned. */
export interface PlannedAttachments {
  readonly tables: readonly (readonly CollectionPlan[])[];
  readonly faults: readonly PlannedCollection[];
}

/** Plans every collection of every link from the tables as they are now. `only` names the collections whose tables are wanted. */
export async function planAttachments(pool: Pool, config: Config, only: readonly string[] = []): Promise<PlannedAttachments> {
  const planned = await Promise.all(
    config.links.map(({ tenant, environment, link, collections }) =>
      planCollections(pool, { tenant, environment, link }, 'crm', inParentOrder(collections).map(collectionSource)),
    ),
  );
  const all = planned.flat();
  const tables = plansByTable(all.flatMap(({ plan }) => plan ?? [])).filter(
    (plans) => only.length === 0 || plans.some((plan) => only.includes(plan.definition.name)),
  );
  return { tables, faults: all.filter(({ collection, fault }) => fault !== undefined && (only.length === 0 || only.includes(collection))) };
}
