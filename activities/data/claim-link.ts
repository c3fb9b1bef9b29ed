import { noteRunEpoch } from '../../adaptor/data/control/runs.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { claimEpoch } from '../../adaptor/data/state/epoch.ts';
import { ensureLink } from '../../adaptor/data/state/link.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** Who takes a link over. */
export interface ClaimLinkInput {
  readonly link: string;
  /** `<workflowId>/<runId>`. */
  readonly runId: string;
}

/** A link as it was found. Only an open one was taken over. */
export interface LinkClaim {
  readonly state: 'open' | 'paused' | 'stopped';
  readonly reason: string | null;
  readonly by: string | null;
  readonly epoch: number;
}

/** Takes a link over under a new epoch: every session before it is fenced from now on, at this side. */
export async function claimLink(context: Pick<ActivityContext, 'links' | 'consumer'>, { link, runId }: ClaimLinkInput): Promise<LinkClaim> {
  const { identity, name } = linkOf(context, link);
  return inTransaction(context.consumer, async (client) => {
    await ensureLink(client, identity);
    const { state, stateReason, stateBy, epoch } = await claimEpoch(client, name, runId);
    if (state === 'open') await noteRunEpoch(client, runId, epoch);
    return { state, reason: stateReason, by: stateBy, epoch };
  });
}
