import type { Retention } from '../adaptor/data/retention/retention.ts';
import type { ActivityContext } from './link-setup.ts';
import { pruneCrm } from './maintenance/prune-crm.ts';

/** What these activities need beside the rest. */
export interface MaintenanceContext extends ActivityContext {
  readonly retention: Retention;
}

/** Activities that take care of the CRM's control plane, for all links. */
export function createMaintenanceActivities(context: MaintenanceContext) {
  return { pruneCrm: () => pruneCrm(context) };
}
