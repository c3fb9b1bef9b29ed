import { isCancellation, setCurrentDetails, sleep, uuid4, workflowInfo } from '@temporalio/workflow';
import type { ClaimedRequests } from '../activities/requests/claim-reverse-requests.ts';
import { activitiesWith } from './activities.ts';
import { shortStep, waitStep } from './activity-options.ts';
import { backoffMs, readFailure } from './failure.ts';
import { setAttributes } from './search-attributes.ts';

/** What the reverse Schedule of a link starts. */
export interface RequestReverseSyncInput {
  readonly link: string;
}

/** What became of the requests of one firing of the Schedule. */
export interface RequestReverseSyncResult {
  /** Ids of the request rows that were served. */
  readonly requests: readonly string[];
  /** The messages that were signed; more than one where the first ran out before the producer answered. */
  readonly messages: readonly string[];
  readonly outcome: 'completed' | 'nothing-to-do' | 'put-back' | 'failed';
  readonly code: string | null;
}

/** Ends of a reverse run after which a new message may succeed; the requests are then served by it. */
const WORTH_ANOTHER_MESSAGE: ReadonlySet<string> = new Set(['message-expired', 'epoch-stale', 'message-open', 'worker-lost']);

/** Messages signed by one firing at most: after that the rows are put back for the next one. */
const MAX_MESSAGES = 20;

/**
 * The requesting workflow, started by the reverse Schedule of a link and by nothing else: claims every open request row,
 * has the message signed that serves them all, delivers it by signal, and waits for the run, so that the Schedule's
 * overlap policy keeps runs one after another and no click is lost.
 */
export async function requestReverseSync({ link }: RequestReverseSyncInput): Promise<RequestReverseSyncResult> {
  const messages: string[] = [];
  let requests: readonly string[] = [];
  const end = async (outcome: RequestReverseSyncResult['outcome'], code: string | null = null): Promise<RequestReverseSyncResult> => {
    if (requests.length > 0) await activitiesWith(shortStep, outcome).finishRequests({ requests, state: ROW_STATES[outcome] });
    setAttributes({ outcome: outcome === 'failed' ? 'failed' : 'completed' });
    setCurrentDetails(
      `**${link}**: ${outcome}${code === null ? '' : ` (${code})`}, ${requests.length} request(s), message(s): ${messages.join(', ') || 'none'}`,
    );
    return { requests, messages, outcome, code };
  };

  setAttributes({ link, direction: 'reverse', outcome: 'running' });
  for (;;) {
    const claimed = await activitiesWith(shortStep, link).claimReverseRequests({ link, claimedBy: workflowInfo().workflowId });
    requests = claimed.requests;
    if (claimed.state === 'held') return end('put-back', 'link-stopped');
    if (claimed.state === 'nothing') return end('nothing-to-do');
    setAttributes({ trigger: claimed.cause });
    const messageId = uuid4();
    const code = await serve(link, messageId, claimed, () => messages.push(messageId));
    if (code === null) return end('completed');
    if (code === 'link-stopped') return end('put-back', code);
    if (!WORTH_ANOTHER_MESSAGE.has(code) || messages.length >= MAX_MESSAGES) return end('failed', code);
    await sleep(backoffMs(messages.length + 1));
  }
}

/** What becomes of the claimed rows at each end. */
const ROW_STATES = { completed: 'done', failed: 'failed', 'put-back': 'open', 'nothing-to-do': 'done' } as const;

/** Signs one message, delivers it and waits for its run. Null where the run is complete, else the code of its failure. */
async function serve(link: string, messageId: string, claimed: ClaimedRequests, onSigned: () => void): Promise<string | null> {
  try {
    await activitiesWith(shortStep, messageId).signReverseMessage({
      link,
      messageId,
      cause: claimed.cause,
      requests: claimed.requests,
      collections: claimed.collections,
    });
    onSigned();
    setAttributes({ messageId });
    await activitiesWith(shortStep, messageId).deliverReverseMessage({ link, messageId });
    const { code } = await activitiesWith(waitStep, messageId).awaitReverseSync({ messageId });
    return code;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return readFailure(error).code;
  }
}
