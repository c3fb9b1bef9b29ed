import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import type { ReverseOrder } from '../../exchange/claims.ts';
import { changeableFields } from '../../exchange/collection.ts';

/**
 * The plan under which an order is answered: without the columns of fields that the cloud may change but the order does not
 * name, so that neither their values nor their changes leave. Fields that the cloud may not change come back with records
 * that it made, and the CRM decides on each.
 */
export function orderedPlan(plan: CollectionPlan, order: Pick<ReverseOrder, 'fields'>): CollectionPlan {
  const masked = new Set(changeableFields(plan.definition, 'cloud').filter((field) => !order.fields.includes(field)));
  if (masked.size === 0) return plan;
  return { ...plan, binding: { ...plan.binding, columns: plan.binding.columns.filter(({ field }) => !masked.has(field)) } };
}
