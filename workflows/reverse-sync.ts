import { CancellationScope, condition, isCancellation, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { VerifiedMessage } from '../activities/auth/verify-message.ts';
import type { Books } from '../exchange/books.ts';
import { activitiesWith } from './activities.ts';
import { proofStep, reverseWindowStep, shortStep, wireStep } from './activity-options.ts';
import { endingWith, failureOf, outcomeOf, readFailure } from './failure.ts';
import { reverseDetails } from './run-details.ts';
import { type DeliveredMessage, type ReverseProgress, progress, reverseMessage } from './reverse-messages.ts';
import { setAttributes } from './search-attributes.ts';

/** What a reverse run ends with. */
export interface ReverseSyncResult {
  readonly messageId: string;
  readonly books: Books;
  readonly collections: readonly string[];
}

/** A run waits so long for its message. The message comes in the same request that starts the run, so there is none to wait for. */
const SIGNAL_TIMEOUT = '10 s';

/**
 * Reverse synchronisation under one message of the CRM. The workflow's id is the message's id; the message comes by the
 * first signal, and everything is done by what its verified bytes say. Without a valid one the producer is never asked.
 */
export async function reverseSync(): Promise<ReverseSyncResult> {
  const { workflowId: messageId, runId: executionId } = workflowInfo();
  const runId = `${messageId}/${executionId}`;
  let state: ReverseProgress = { link: null, messageId: null, phase: 'waits for its message', collections: [], held: [], ignoredSignals: 0 };
  let delivered: DeliveredMessage | undefined;
  const tell = (told: Partial<ReverseProgress>): void => {
    state = { ...state, ...told };
    setCurrentDetails(reverseDetails(state));
  };
  setHandler(progress, () => state, { description: 'What the run does now.' });
  setHandler(
    reverseMessage,
    (message) => {
      if (delivered === undefined) delivered = message;
      else tell({ ignoredSignals: state.ignoredSignals + 1 });
    },
    { description: 'Delivers the signed message. Only the first one counts.' },
  );

  /** Windows of one collection until the cloud has no more, or the order is used up. */
  const receive = async (link: string, { collection, afterOrdinal, maxWindows }: VerifiedMessage['orders'][number]): Promise<void> => {
    for (let number = 1; number <= maxWindows; number++) {
      const at = { link, runId, messageId, collection, afterOrdinal: afterOrdinal + number - 1 };
      const window = await activitiesWith(reverseWindowStep, `${collection}: window ${number}`).receiveWindow(at);
      if (window.breach !== null) {
        tell({ held: [...state.held, collection] });
        return;
      }
      if (window.ordinal !== null) {
        await activitiesWith(wireStep, `${collection}: receipt of window ${number}`).returnReceipt({ link, collection, ordinal: window.ordinal });
        tell({ collections: state.collections.map((c) => (c.collection === collection ? { ...c, windows: number, offered: c.offered + window.offered } : c)) });
      }
      if (window.last) break;
    }
    tell({ collections: state.collections.map((c) => (c.collection === collection ? { ...c, finished: true } : c)) });
  };

  const work = async (message: DeliveredMessage): Promise<void> => {
    tell({ phase: 'verifies its message' });
    const { link, cause, requestedBy, orders } = await activitiesWith(shortStep, messageId).verifyMessage({ runId, messageId, jws: message.jws });
    setAttributes({ link, trigger: cause, collection: orders.map((o) => o.collection) });
    tell({
      link,
      messageId,
      phase: 'waits for the producer',
      collections: orders.map(({ collection }) => ({ collection, windows: 0, offered: 0, finished: false })),
    });
    await activitiesWith(shortStep, link).openRun({ link, runId, direction: 'reverse', trigger: cause, messageId, requestedBy });
    await activitiesWith(wireStep, 'certificates of both sides').checkCertificate({ link });
    await activitiesWith(wireStep, 'access token, kept in the worker').obtainToken({ link, operations: ['reverse'] });
    for (const order of orders) {
      tell({ phase: `receives ${order.collection}` });
      await receive(link, order);
    }
    tell({ phase: 'tries records again whose parents have come' });
    await activitiesWith(reverseWindowStep, 'records that waited for their parents').retryWaiting({ link, runId, messageId });
  };

  setAttributes({ direction: 'reverse', messageId, outcome: 'running' });
  tell({});
  try {
    await condition(() => delivered !== undefined, SIGNAL_TIMEOUT);
    if (delivered === undefined) throw endingWith(failureOf('message-missing'));
    await work(delivered);
    tell({ phase: 'verifies its receipts' });
    await activitiesWith(shortStep, messageId).spendMessage({ messageId, state: 'spent' });
    const { link } = state;
    const at = { link: link ?? '', runId };
    await activitiesWith(proofStep, 'every receipt of the run, from its bytes').verifyReceipts({ ...at, direction: 'reverse' });
    // What waits for approval is no success; what came in before it and beside it stays.
    if (state.held.length > 0) throw endingWith({ ...failureOf('approval-needed'), detail: `${failureOf('approval-needed').detail} ${state.held.join(', ')}` });
    const closed = await activitiesWith(shortStep, 'completed').closeRun({ ...at, state: 'completed', errorCode: null, errorDetail: null });
    setAttributes({ outcome: 'completed', records: closed.books.offered, collection: closed.collections });
    tell({ phase: 'is complete' });
    return { messageId, books: closed.books, collections: closed.collections };
  } catch (error) {
    const failure = isCancellation(error) ? failureOf('run-cancelled') : readFailure(error);
    const end = outcomeOf(failure);
    tell({ phase: `ended: ${failure.detail}` });
    setAttributes({ outcome: end });
    await CancellationScope.nonCancellable(async () => {
      await activitiesWith(shortStep, failure.code).recordRefusal({
        link: state.link,
        runId,
        event: 'reverse-refused',
        code: failure.code,
        ignoredSignals: state.ignoredSignals,
      });
      if (state.link === null) return;
      await activitiesWith(shortStep, end).spendMessage({ messageId, state: failure.code === 'message-expired' ? 'expired' : 'refused' });
      await activitiesWith(shortStep, end).closeRun({ link: state.link, runId, state: end, errorCode: failure.code, errorDetail: failure.detail });
    });
    throw isCancellation(error) ? error : endingWith(failure);
  }
}
