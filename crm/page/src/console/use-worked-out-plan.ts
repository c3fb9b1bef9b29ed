import { useQuery } from '@tanstack/react-query';
import type { PlannedDifference, StoredPlan } from '../../../../adaptor/data/planning/plan-rows.ts';
import type { Json } from '../api/answers.ts';
import { request } from '../api/request.ts';

/** A plan with what it would do, record by record. */
export type WorkedOutPlan = Json<StoredPlan> & { readonly differences: readonly Difference[] };

/** One field that would change, or why it would not. */
export type Difference = Json<PlannedDifference>;

/** How often a plan that is being worked out is looked at, in milliseconds: somebody waits for it. */
const LOOK_EVERY_MS = 400;

/** Has a plan worked out (by `plans`, or of an undo), anew each time it is looked at; undefined while it is. */
export function useWorkedOutPlan(
  path: 'plans' | 'undo/preview',
  order: Readonly<Record<string, unknown>>,
): { readonly plan: WorkedOutPlan | undefined; readonly error: Error | null } {
  const asked = useQuery({
    queryKey: ['worked-out', path, order],
    queryFn: () => request<{ planId: string }>('POST', path, order),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const id = asked.data?.planId;
  const plan = useQuery({
    queryKey: ['worked-out', id],
    queryFn: () => request<WorkedOutPlan>('GET', `plans/${id}`),
    enabled: id !== undefined,
    refetchInterval: ({ state: { data } }) => (data === undefined || data.state === 'asked' ? LOOK_EVERY_MS : false),
  });
  return { plan: plan.data?.state === 'asked' ? undefined : plan.data, error: asked.error ?? plan.error };
}
