import type { WorkflowClientInterceptor } from '@temporalio/client';
import type * as Workflows from '../workflows/all-workflows.ts';

type WorkflowName = keyof typeof Workflows;

/** The view of the CRM's page that shows what a workflow does; of runs, which. */
const VIEWS: Readonly<Partial<Record<WorkflowName, string>>> = { awaitApproval: 'approvals', planSync: 'plans', reconcile: 'comparison' };

/** Address of the view of the CRM's page that shows a workflow. It names the workflow by its id, where that is known, and holds nothing else. */
export function pageAddress(page: string, workflowType: string, workflowId?: string): string {
  const tab = VIEWS[workflowType as WorkflowName];
  const place = { tab: tab ?? 'runs', ...(tab === undefined && workflowId !== undefined ? { run: workflowId } : {}) };
  return `${page.replace(/\/$/, '')}/console?${new URLSearchParams(place)}`;
}

/** Where the CRM's page shows a run, up to the id of the run's workflow, which is to follow encoded as a part of an address. */
export function runAddressPrefix(page: string): string {
  // Runs of both directions are shown alike.
  return pageAddress(page, 'forwardSync', '');
}

/** The sentence that leads from a workflow in the Temporal UI to the CRM's page, in its markdown. */
export function pageSentence(page: string, workflowType: string, workflowId?: string): string {
  return `[See it on the CRM’s page](${pageAddress(page, workflowType, workflowId)})`;
}

/**
 * Adds to the static details of every workflow that a client starts a way to the CRM's page. Details are of the start alone: they are in
 * no command of a workflow, and break no replay.
 */
export function linkingToPage(page: string): WorkflowClientInterceptor {
  const linked = <O extends { readonly workflowId: string; readonly staticDetails?: string | undefined }>(type: string, options: O): O => ({
    ...options,
    staticDetails: [options.staticDetails, pageSentence(page, type, options.workflowId)].filter((part) => part !== undefined).join('\n\n'),
  });
  return {
    startWithDetails: (input, next) => next({ ...input, options: linked(input.workflowType, input.options) }),
    signalWithStart: (input, next) => next({ ...input, options: linked(input.workflowType, input.options) }),
  };
}
