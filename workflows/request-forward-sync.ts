import { setCurrentDetails } from '@temporalio/workflow';
import { activitiesWith } from './activities.ts';
import { shortStep } from './activity-options.ts';
import { runReference } from './run-details.ts';
import { setAttributes } from './search-attributes.ts';

/** What the forward Schedule of a link starts. */
export interface RequestForwardSyncInput {
  readonly link: string;
  /** Where the CRM's page shows a run, up to its workflow's id. Absent: it is not told. */
  readonly runPage?: string;
}

/**
 * The period of forward synchronisation: writes a request row and sees to it that the link's chain runs. What changed
 * meanwhile was sent already; the row makes the chain prove that nothing is left.
 */
export async function requestForwardSync({ link, runPage }: RequestForwardSyncInput): Promise<{ requestId: string | null; chain: string }> {
  setAttributes({ link, direction: 'forward', trigger: 'period' });
  const { requestId } = await activitiesWith(shortStep, link).requestForwardPeriod({ link });
  const { workflowId, started } = await activitiesWith(shortStep, 'wake the chain, or start the next').ensureForwardChain({ link });
  setCurrentDetails(
    `${requestId === null ? 'A request that waited' : `Request ${requestId}`} for ${link}, served by ${runReference(runPage, workflowId)}${started ? ', which was started' : ''}.`,
  );
  return { requestId, chain: workflowId };
}
