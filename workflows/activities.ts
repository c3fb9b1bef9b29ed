import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { createApprovalActivities } from '../activities/create-approval-activities.ts';
import type { createAuthActivities } from '../activities/create-auth-activities.ts';
import type { createDataActivities } from '../activities/create-data-activities.ts';
import type { createErasureActivities } from '../activities/create-erasure-activities.ts';
import type { createLedgerActivities } from '../activities/create-ledger-activities.ts';
import type { createReconciliationActivities } from '../activities/create-reconciliation-activities.ts';
import type { createMaintenanceActivities } from '../activities/create-maintenance-activities.ts';
import type { createPlanningActivities } from '../activities/create-planning-activities.ts';
import type { createReleaseActivities } from '../activities/create-release-activities.ts';
import type { createRequestActivities } from '../activities/create-request-activities.ts';
import type { createTransportActivities } from '../activities/create-transport-activities.ts';

/** Every activity that a workflow may ask for, typed by the factories that make them. */
export type Activities = ReturnType<typeof createApprovalActivities> &
  ReturnType<typeof createAuthActivities> &
  ReturnType<typeof createDataActivities> &
  ReturnType<typeof createErasureActivities> &
  ReturnType<typeof createLedgerActivities> &
  ReturnType<typeof createReconciliationActivities> &
  ReturnType<typeof createMaintenanceActivities> &
  ReturnType<typeof createPlanningActivities> &
  ReturnType<typeof createReleaseActivities> &
  ReturnType<typeof createRequestActivities> &
  ReturnType<typeof createTransportActivities>;

/** Activities under given options. `summary` is one line for the Temporal UI. */
export function activitiesWith(options: ActivityOptions, summary?: string): Activities {
  return proxyActivities<Activities>(summary === undefined ? options : { ...options, summary });
}
