import { setCurrentDetails } from '@temporalio/workflow';
import type { ComputedPlan } from '../activities/planning/compute-plan.ts';
import { activitiesWith } from './activities.ts';
import { planStep, shortStep } from './activity-options.ts';
import { endingWith, outcomeOf, readFailure } from './failure.ts';
import { planDetails } from './run-details.ts';
import { setAttributes } from './search-attributes.ts';

/** What a plan is worked out from: its row holds what was asked for. */
export interface PlanSyncInput {
  readonly link: string;
  readonly direction: 'forward' | 'reverse';
  readonly planId: string;
}

/** Works out what a run would do, and does nothing of it. Its result holds counts; differences stay in the CRM's rows. */
export async function planSync({ link, direction, planId }: PlanSyncInput): Promise<ComputedPlan> {
  setAttributes({ link, direction, trigger: 'plan', outcome: 'running' });
  try {
    const plan = await activitiesWith(planStep, planId).computePlan({ link, planId });
    setCurrentDetails(planDetails(link, plan.undo === true ? 'undo' : direction, plan.collections));
    setAttributes({ outcome: 'completed', collection: plan.collections.map(({ collection }) => collection) });
    return plan;
  } catch (error) {
    const failure = readFailure(error);
    setAttributes({ outcome: outcomeOf(failure) });
    await activitiesWith(shortStep, failure.code).closePlan({ planId, code: failure.code });
    throw endingWith(failure);
  }
}
