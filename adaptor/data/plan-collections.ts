import { TidegateError } from '../../exchange/errors.ts';
import type { LinkIdentity, Side } from '../../exchange/names.ts';
import { type CollectionSource, type DescribedCollection, describeCollection } from './describe-collection.ts';
import { requireTableShape } from './introspection.ts';
import { type CollectionPlan, makePlan } from './plan.ts';
import type { Queryable } from './pool.ts';

/** A collection with its plan, or with what keeps it from having one. */
export interface PlannedCollection {
  readonly collection: string;
  readonly plan: CollectionPlan | undefined;
  readonly fault: TidegateError | undefined;
}

/** Plans of a link's collections from the tables as they are now; `sources` name parents first. A fault keeps only its own collection out. */
export async function planCollections(
  client: Queryable,
  link: LinkIdentity,
  side: Side,
  sources: readonly CollectionSource[],
): Promise<readonly PlannedCollection[]> {
  const described: DescribedCollection[] = [];
  const planned: PlannedCollection[] = [];
  for (const source of sources) {
    try {
      const shape = await requireTableShape(client, source.schema, source.table);
      const one = describeCollection(source, shape, described);
      described.push(one);
      planned.push({ collection: source.name, plan: makePlan({ link, side, ...one }), fault: undefined });
    } catch (error) {
      if (!(error instanceof TidegateError) || error.retryable) throw error;
      planned.push({ collection: source.name, plan: undefined, fault: error });
    }
  }
  return planned;
}

/** Plans by the table that they are bound to: attaching a table takes all its plans at once. */
export function plansByTable(plans: readonly CollectionPlan[]): readonly (readonly CollectionPlan[])[] {
  return [...Map.groupBy(plans, ({ binding }) => `${binding.schema}.${binding.table}`).values()];
}
