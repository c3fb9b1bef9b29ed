import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import type { WindowPhase } from '../../adaptor/data/extraction/prepared-window.ts';

/** One step of a forward cycle. */
export interface CycleStep {
  readonly plan: CollectionPlan;
  readonly phase: WindowPhase;
}

/**
 * Steps of a forward cycle over plans that stand parents before children: upserts in that order, then tombstones the other
 * way round. A collection that neither refers nor is referred to needs one step only.
 */
export function cycleSteps(plans: readonly CollectionPlan[]): readonly CycleStep[] {
  const names = new Set(plans.map(({ definition }) => definition.name));
  const related = new Set<string>();
  for (const { definition } of plans) {
    for (const { collection } of definition.references) {
      if (!names.has(collection) || collection === definition.name) continue;
      related.add(collection);
      related.add(definition.name);
    }
  }
  const isRelated = ({ definition }: CollectionPlan): boolean => related.has(definition.name);
  return [
    ...plans.map((plan): CycleStep => ({ plan, phase: isRelated(plan) ? 'upserts' : 'all' })),
    ...plans
      .filter(isRelated)
      .toReversed()
      .map((plan): CycleStep => ({ plan, phase: 'tombstones' })),
  ];
}
