import { type RequestCause, claimRequests, hasWaitingRequests, writePeriodRequest } from '../../adaptor/data/control/sync-requests.ts';
import { ensureLink, requireLink } from '../../adaptor/data/state/link.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** Who claims the open rows of a link. */
export interface ClaimReverseRequestsInput {
  readonly link: string;
  /** Id of the requesting workflow. */
  readonly claimedBy: string;
}

/** The rows that one message will serve. */
export interface ClaimedRequests {
  /** `held`: the link is paused or stopped, and the rows wait. */
  readonly state: 'claimed' | 'nothing' | 'held';
  readonly requests: readonly string[];
  readonly cause: 'period' | 'user' | 'records' | 'repair';
  /** Empty: all. */
  readonly collections: readonly string[];
}

/** A period row is written at most once in this part of the period: a firing may come a little early. */
const PERIOD_SHARE = 0.8;

/** The weightiest cause of several rows names the message. */
const CAUSES = ['repair', 'records', 'user', 'period'] as const;

/** Claims all open rows; where there is none and the period is over, writes the period's own row first. */
export async function claimReverseRequests(
  context: Pick<ActivityContext, 'links' | 'consumer'>,
  { link, claimedBy }: ClaimReverseRequestsInput,
): Promise<ClaimedRequests> {
  const { name, identity, reverseEveryMs } = linkOf(context, link);
  return inTransaction(context.consumer, async (client) => {
    await ensureLink(client, identity);
    const { state } = await requireLink(client, name);
    const nothing = { requests: [], cause: 'period', collections: [] } as const;
    if (state !== 'open') return { state: 'held', ...nothing };
    if (!(await hasWaitingRequests(client, link, 'reverse'))) await writePeriodRequest(client, link, 'reverse', reverseEveryMs * PERIOD_SHARE);
    const rows = await claimRequests(client, link, 'reverse', claimedBy);
    if (rows.length === 0) return { state: 'nothing', ...nothing };
    const named = rows.map(({ collections, records }) => [...collections, ...(records ?? []).map((record) => record.collection)]);
    return {
      state: 'claimed',
      requests: rows.map(({ id }) => id),
      cause: CAUSES.find((cause: RequestCause) => rows.some((row) => row.cause === cause)) ?? 'user',
      collections: named.some((collections) => collections.length === 0) ? [] : [...new Set(named.flat())].toSorted(),
    };
  });
}
