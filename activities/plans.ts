import type { Pool } from 'pg';
import { type DescribedCollection, describeCollection } from '../adaptor/data/describe-collection.ts';
import { requireTableShape } from '../adaptor/data/introspection.ts';
import { type CollectionPlan, makePlan } from '../adaptor/data/plan.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { LinkSetup } from './link-setup.ts';

/** A collection with its plan, or with what keeps it from having one. */
export interface PlannedCollection {
  readonly collection: string;
  readonly plan: CollectionPlan | undefined;
  readonly fault: TidegateError | undefined;
}

/** Plans of a link's collections from the tables as they are now, parents first. A fault keeps only its own collection out. */
export async function planCollections(pool: Pool, { identity, collections }: LinkSetup): Promise<readonly PlannedCollection[]> {
  const described: DescribedCollection[] = [];
  const planned: PlannedCollection[] = [];
  for (const { source } of collections) {
    try {
      const shape = await requireTableShape(pool, source.schema, source.table);
      const one = describeCollection(source, shape, described);
      described.push(one);
      planned.push({ collection: source.name, plan: makePlan({ link: identity, side: 'crm', ...one }), fault: undefined });
    } catch (error) {
      if (!(error instanceof TidegateError) || error.retryable) throw error;
      planned.push({ collection: source.name, plan: undefined, fault: error });
    }
  }
  return planned;
}

/** The plan of one collection. Throws its fault, or `collection-unknown`. */
export async function planOf(pool: Pool, link: LinkSetup, collection: string): Promise<CollectionPlan> {
  const found = (await planCollections(pool, link)).find((one) => one.collection === collection);
  if (found?.plan !== undefined) return found.plan;
  throw found?.fault ?? new TidegateError('collection-unknown', undefined, { link: link.name, collection });
}
