import { type OwedRequest, owedRequests } from '../../adaptor/data/control/left-out.ts';
import { type RequestCause, claimRequests, putBackRequests, writePeriodRequest } from '../../adaptor/data/control/sync-requests.ts';
import { undoneDecisions } from '../../adaptor/data/control/waiting-approvals.ts';
import { readPeriods } from '../../adaptor/data/control/sync-periods.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { ensureLink, requireLink } from '../../adaptor/data/state/link.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { readOpenness } from './collection-openness.ts';

/** Who claims the open rows of a link. */
export interface ClaimReverseRequestsInput {
  readonly link: string;
  /** Id of the requesting workflow. */
  readonly claimedBy: string;
}

/** The rows that one message will serve. */
export interface ClaimedRequests {
  /** `held`: the link is paused or stopped, and the rows wait. `loading`: rows wait for a load, and nothing else does. */
  readonly state: 'claimed' | 'nothing' | 'held' | 'loading';
  readonly requests: readonly string[];
  readonly cause: 'period' | 'user' | 'records' | 'repair';
  /** Empty: all. */
  readonly collections: readonly string[];
  /** Number of rows that were not claimed, since all that they ask for is still being loaded. */
  readonly waiting: number;
}

/** A period row is written at most once in this part of the period: a firing may come a little early. */
const PERIOD_SHARE = 0.8;

/** The weightiest cause of several rows names the message. */
const CAUSES = ['repair', 'records', 'user', 'period'] as const;

/**
 * Claims the open rows of which a part can be served now; rows that wait for a load stay open (rule 10 closes a collection
 * until then). Where there is none and the period is over, writes the period's own row first.
 */
export async function claimReverseRequests(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'announceApproval'>,
  { link, claimedBy }: ClaimReverseRequestsInput,
): Promise<ClaimedRequests> {
  const setup = linkOf(context, link);
  // Decisions that nobody told their workflow of: the row alone counts.
  for (const approval of await undoneDecisions(context.consumer, link)) await context.announceApproval?.(link, approval).catch(() => undefined);
  return inTransaction(context.consumer, async (client) => {
    await ensureLink(client, setup.identity);
    const { state } = await requireLink(client, setup.name);
    const nothing = { requests: [], cause: 'period', collections: [], waiting: 0 } as const;
    if (state !== 'open') return { state: 'held', ...nothing };
    const openness = await readOpenness(client, setup);
    const owed = await owedRequests(client, link);
    const ready = owed.filter((row) => openness.canServe(row.collections)).map(({ id }) => id);
    if (ready.length === 0 && openness.canServe([])) {
      const set = await readPeriods(client, link);
      const period = await writePeriodRequest(client, link, 'reverse', (set.reverse ?? setup.reverseEveryMs) * PERIOD_SHARE);
      if (period !== undefined) ready.push(period);
    }
    const waiting = owed.filter((row) => !ready.includes(row.id));
    await putBackRequests(
      client,
      waiting.map(({ id }) => id),
    );
    const persistent = waiting.filter(({ cause }) => cause !== 'period').length;
    if (ready.length === 0) return { state: persistent > 0 ? 'loading' : 'nothing', ...nothing, waiting: persistent };
    const rows = await claimRequests(client, link, 'reverse', claimedBy, ready);
    const collections = ready.map((id) => owed.find((row: OwedRequest) => row.id === id)?.collections ?? []);
    return {
      state: 'claimed',
      requests: rows.map(({ id }) => id),
      cause: CAUSES.find((cause: RequestCause) => rows.some((row) => row.cause === cause)) ?? 'user',
      collections: collections.some((names) => names.length === 0) ? [] : [...new Set(collections.flat())].toSorted(),
      waiting: persistent,
    };
  });
}
