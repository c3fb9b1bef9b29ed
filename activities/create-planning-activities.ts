import type { ActivityContext } from './link-setup.ts';
import { type ComputePlanInput, closePlan, computePlan } from './planning/compute-plan.ts';

/** Activities that work out what a run would do. */
export function createPlanningActivities(context: ActivityContext) {
  return {
    computePlan: (input: ComputePlanInput) => computePlan(context, input),
    closePlan: (input: { readonly planId: string; readonly code: string }) => closePlan(context, input),
  };
}
