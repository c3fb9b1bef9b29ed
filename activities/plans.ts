import { type PlannedCollection, planCollections as planAll } from '../adaptor/data/plan-collections.ts';
import type { CollectionPlan } from '../adaptor/data/plan.ts';
import type { Queryable } from '../adaptor/data/pool.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { LinkSetup } from './link-setup.ts';

/** Plans of a link's collections at the CRM from the tables as they are now, parents first. A fault keeps only its own collection out. */
export async function planCollections(client: Queryable, { identity, collections }: LinkSetup): Promise<readonly PlannedCollection[]> {
  return planAll(
    client,
    identity,
    'crm',
    collections.map(({ source }) => source),
  );
}

/** The plan of one collection. Throws its fault, or `collection-unknown`. */
export async function planOf(client: Queryable, link: LinkSetup, collection: string): Promise<CollectionPlan> {
  const found = (await planCollections(client, link)).find((one) => one.collection === collection);
  if (found?.plan !== undefined) return found.plan;
  throw found?.fault ?? new TidegateError('collection-unknown', undefined, { link: link.name, collection });
}
