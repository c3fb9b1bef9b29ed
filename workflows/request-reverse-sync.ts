import { isCancellation, setCurrentDetails, sleep, uuid4, workflowInfo } from '@temporalio/workflow';
import type { SignedReverseMessage } from '../activities/auth/sign-reverse-message.ts';
import type { ClaimedRequests } from '../activities/requests/claim-reverse-requests.ts';
import type { ErrorCode } from '../exchange/errors.ts';
import { activitiesWith } from './activities.ts';
import { shortStep, waitStep } from './activity-options.ts';
import { backoffMs, readFailure } from './failure.ts';
import { runReference } from './run-details.ts';
import { setAttributes } from './search-attributes.ts';

/** What the reverse Schedule of a link starts. */
export interface RequestReverseSyncInput {
  readonly link: string;
  /** Where the CRM's page shows a run, up to its workflow's id. Absent: it is not told. */
  readonly runPage?: string;
}

/** What became of the requests of one firing of the Schedule. */
export interface RequestReverseSyncResult {
  /** Ids of the request rows that were served, wholly or in part. */
  readonly requests: readonly string[];
  /** The messages that were signed; more than one where the first ran out before the producer answered, or a load was waited for. */
  readonly messages: readonly string[];
  readonly outcome: 'completed' | 'nothing-to-do' | 'put-back' | 'failed';
  readonly code: string | null;
}

/** Ends of a reverse run after which a new message may succeed; the requests are then served by it. */
const WORTH_ANOTHER_MESSAGE: ReadonlySet<string> = new Set(['message-expired', 'epoch-stale', 'message-open', 'worker-lost']);

/** Messages in a row that come to nothing, before the rows have failed. */
const MAX_FAILURES = 20;

/** Rounds of one firing at most, so that its history stays short: rows that wait longer for a load are served by a later one. */
const MAX_ROUNDS = 100;

/**
 * The requesting workflow, started by the reverse Schedule of a link and by nothing else: claims every open request row
 * that can be served, has the message signed that serves them all, delivers it by signal, and waits for the run, so that
 * the Schedule's overlap policy keeps runs one after another and no click is lost. A row that asks for a collection which
 * is still being loaded gets what is open, and is owed the rest: the workflow waits for the load with it.
 */
export async function requestReverseSync({ link, runPage }: RequestReverseSyncInput): Promise<RequestReverseSyncResult> {
  const messages: string[] = [];
  const served: string[] = [];
  const end = (outcome: RequestReverseSyncResult['outcome'], code: string | null = null): RequestReverseSyncResult => {
    setAttributes({ outcome: outcome === 'failed' ? 'failed' : 'completed' });
    const requests = [...new Set(served)];
    const words = `${outcome}${code === null ? '' : ` (${code})`}`;
    setCurrentDetails(
      `**${link}**: ${words}, ${requests.length} request(s), message(s): ${messages.map((id) => runReference(runPage, id)).join(', ') || 'none'}`,
    );
    return { requests, messages, outcome, code };
  };

  setAttributes({ link, direction: 'reverse', outcome: 'running' });
  let failures = 0;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const claimed = await activitiesWith(shortStep, link).claimReverseRequests({ link, claimedBy: workflowInfo().workflowId });
    if (claimed.state === 'held') return end('put-back', 'link-stopped');
    if (claimed.state === 'nothing') return end(served.length === 0 ? 'nothing-to-do' : 'completed');
    if (claimed.state === 'loading') {
      setCurrentDetails(`**${link}**: ${claimed.waiting} request(s) wait for an initial load`);
      await activitiesWith(waitStep, 'what is asked for is still being loaded').awaitLoads({ link });
      continue;
    }
    const { requests } = claimed;
    setAttributes({ trigger: claimed.cause });
    const messageId = uuid4();
    setCurrentDetails(`**${link}**: orders ${requests.length} request(s) in by message ${runReference(runPage, messageId)}`);
    const { code, signed } = await serve(link, messageId, claimed);
    if (signed !== null && signed.collections.length > 0) messages.push(messageId);
    if (code === null && signed !== null) {
      failures = 0;
      served.push(...requests);
      const { collections, leftOut } = signed;
      await activitiesWith(shortStep, 'completed').settleRequests({ requests, leftOut, served: collections.length > 0 });
      if (claimed.waiting === 0 && !Object.values(leftOut).includes('load-incomplete')) return end('completed');
      continue;
    }
    failures += 1;
    if (code === 'link-stopped') {
      await activitiesWith(shortStep, code).putBackRequests({ requests });
      return end('put-back', code);
    }
    if (!WORTH_ANOTHER_MESSAGE.has(code ?? '') || failures >= MAX_FAILURES) {
      served.push(...requests);
      await activitiesWith(shortStep, code ?? 'failed').failRequests({ requests, code: code ?? 'run-failed' });
      return end('failed', code);
    }
    await sleep(backoffMs(failures + 1));
  }
  return end('put-back', 'load-incomplete');
}

/** What became of one message: `code` is null where its run is complete, or where there was nothing to sign. */
interface Served {
  readonly code: ErrorCode | null;
  readonly signed: SignedReverseMessage | null;
}

/** Signs one message, delivers it and waits for its run. */
async function serve(link: string, messageId: string, claimed: ClaimedRequests): Promise<Served> {
  const { cause, requests, collections } = claimed;
  let signed: SignedReverseMessage | null = null;
  try {
    signed = await activitiesWith(shortStep, messageId).signReverseMessage({ link, messageId, cause, requests, collections });
    if (signed.collections.length === 0) return { code: null, signed };
    setAttributes({ messageId });
    await activitiesWith(shortStep, messageId).deliverReverseMessage({ link, messageId });
    const { code } = await activitiesWith(waitStep, messageId).awaitReverseSync({ messageId });
    return { code, signed };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { code: readFailure(error).code, signed };
  }
}
