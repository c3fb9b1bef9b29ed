import type { CollectionPlan } from '../../adaptor/data/plan.ts';

/** Names of the other collections that a plan's records refer to. */
function parentsOf({ definition }: CollectionPlan): readonly string[] {
  return definition.references.map(({ collection }) => collection).filter((name) => name !== definition.name);
}

/** Collections that refer to another one among the plans, or are referred to: their upserts and tombstones travel apart. */
export function relatedCollections(plans: readonly CollectionPlan[]): ReadonlySet<string> {
  const names = new Set(plans.map(({ definition }) => definition.name));
  const related = new Set<string>();
  for (const plan of plans) {
    const parents = parentsOf(plan).filter((name) => names.has(name));
    for (const name of parents.length === 0 ? [] : [plan.definition.name, ...parents]) related.add(name);
  }
  return related;
}

/**
 * Plans that a cycle has to look at, in their order: those with changes, and all that their records may refer to, since a
 * parent can be committed between the first look and the snapshot.
 */
export function plansFor(plans: readonly CollectionPlan[], pending: ReadonlySet<string>): readonly CollectionPlan[] {
  const wanted = new Set(pending);
  for (const plan of plans.toReversed()) if (wanted.has(plan.definition.name)) for (const parent of parentsOf(plan)) wanted.add(parent);
  return plans.filter(({ definition }) => wanted.has(definition.name));
}
