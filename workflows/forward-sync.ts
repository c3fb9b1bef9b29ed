import { CancellationScope, condition, continueAsNew, isCancellation, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { activitiesWith } from './activities.ts';
import { proofStep, shortStep } from './activity-options.ts';
import { type StepFailure, backoffMs, endingWith, failureOf, isTrustRefusal, outcomeOf, readFailure } from './failure.ts';
import { type ForwardProgress, progress, requestForward } from './forward-messages.ts';
import { runSession } from './forward-session.ts';
import { type ControlOrder, PauseControl } from './pause-control.ts';
import { forwardDetails } from './run-details.ts';
import { setAttributes } from './search-attributes.ts';

/** What a forward run is started with. */
export interface ForwardSyncInput {
  /** `tenant/environment/link`. */
  readonly link: string;
  /** `start` for the first run of a chain, `change` for those that follow it. */
  readonly trigger: 'start' | 'change';
  /** Failed sessions in a row that the run before ended with. */
  readonly failures?: number;
  /** Runs in a row, up to this one, that ended because one side did not believe the other. */
  readonly refusals?: number;
  /** An operator's order that the run before did not carry out any more. */
  readonly order?: ControlOrder;
}

/** A session that lasted so long did not fail at once. */
const LONG_SESSION_MS = 60_000;

/** Greatest wait before a chain that is not believed asks again. */
const MAX_TRUST_WAIT_MS = 60_000;

/** A run ends after so many sessions, so that its history stays short. */
const MAX_SESSIONS = 40;

/**
 * Forward synchronisation of one link: a chain of runs (one workflow id, continued as new), each with books of its own.
 * Ends only when the link is stopped, a step is refused, another chain took over, or an operator cancels it. Where one side
 * does not believe the other's key or certificate, the run ends as refused, and the chain asks again after a while.
 */
export async function forwardSync({ link, trigger, failures = 0, refusals = 0, order }: ForwardSyncInput): Promise<void> {
  const info = workflowInfo();
  const runId = `${info.workflowId}/${info.runId}`;
  let state: ForwardProgress = { phase: 'starts', epoch: 0, paused: null, failures, lastFailure: null, collections: [] };
  let woken = false;
  const tell = (told: Partial<ForwardProgress>): void => {
    state = { ...state, ...told };
    setCurrentDetails(forwardDetails(link, state));
  };
  const control = new PauseControl(link, order, (paused) => {
    tell(paused === null ? { paused } : { paused, phase: 'is paused' });
    setAttributes({ outcome: paused === null ? 'running' : 'paused' });
  });
  setHandler(progress, () => state, { description: 'What the run does now.' });
  setHandler(requestForward, () => void (woken = true), { description: 'Wakes a chain that waits before a new attempt.' });

  const close = async (end: 'completed' | 'refused' | 'failed', failure?: StepFailure): Promise<void> => {
    const closed = await activitiesWith(shortStep, end).closeRun({
      link,
      runId,
      state: end,
      errorCode: failure?.code ?? null,
      errorDetail: failure?.detail ?? null,
    });
    setAttributes({ outcome: end, records: closed.books.offered, collection: closed.collections });
  };

  /** Sessions until one has done enough. Returns the last failure where it gives up for the sake of its history. */
  const runSessions = async (): Promise<StepFailure | undefined> => {
    for (let sessions = 1; ; sessions++) {
      await control.settle();
      const startedAt = Date.now();
      const failure = await attempt();
      if (failure === 'done') return undefined;
      if (failure !== undefined) {
        // What went well for a while has not failed in a row; a lost worker costs its heartbeat time-out already.
        const isFresh = failure.code === 'worker-lost' || Date.now() - startedAt > LONG_SESSION_MS;
        tell({ phase: `waits after ${failure.code}`, failures: isFresh ? 1 : state.failures + 1, lastFailure: failure.code });
        woken = false;
        await condition(() => woken || control.pending !== undefined, Math.max(backoffMs(state.failures), failure.waitMs ?? 0));
      }
      if (sessions >= MAX_SESSIONS || workflowInfo().continueAsNewSuggested) return failure;
    }
  };

  /** One session: `done`, a failure that time may mend, or undefined where an operator's order comes first. Throws what ends the chain. */
  const attempt = async (): Promise<StepFailure | 'done' | undefined> => {
    try {
      const { end, reason, by } = await control.run(() => runSession(link, runId, tell));
      if (end === 'stopped') throw endingWith({ ...failureOf('link-stopped'), detail: reason ?? failureOf('link-stopped').detail });
      tell({ failures: 0 });
      if (end === 'paused') control.foundPaused({ reason: reason ?? 'no reason given', by: by ?? 'unknown' });
      return end === 'paused' || control.pending !== undefined ? undefined : 'done';
    } catch (error) {
      if (isCancellation(error) && control.pending !== undefined) return undefined;
      const failure = readFailure(error);
      if (isCancellation(error) || !failure.retryable) throw error;
      return failure;
    }
  };

  /**
   * Ends the run as refused, and waits: who is believed is registered by operators, who owe the chain no word of it. Who asks for
   * a run meanwhile, or did while it was refused, has often just registered somebody: the waits are short again.
   */
  const awaitTrust = async (failure: StepFailure): Promise<number> => {
    const before = woken ? 0 : refusals;
    woken = false;
    await CancellationScope.nonCancellable(() => close('refused', failure));
    tell({ phase: `waits after ${failure.code}`, lastFailure: failure.code });
    await condition(() => woken || control.pending !== undefined, backoffMs(before + 1, MAX_TRUST_WAIT_MS));
    return woken ? 0 : before + 1;
  };

  /** One run of the chain. Returns how many in a row were refused for want of trust. Throws what ends the chain. */
  const run = async (): Promise<number> => {
    try {
      await activitiesWith(shortStep, link).openRun({ link, runId, direction: 'forward', trigger, messageId: null, requestedBy: null });
      const failure = await runSessions();
      tell({ phase: 'verifies its receipts' });
      await activitiesWith(proofStep, 'every receipt of the run, from its bytes').verifyReceipts({ link, runId, direction: 'forward' });
      await close(failure === undefined ? 'completed' : 'failed', failure);
      return 0;
    } catch (error) {
      const failure = isCancellation(error) ? failureOf('run-cancelled') : readFailure(error);
      if (isTrustRefusal(failure)) return awaitTrust(failure);
      tell({ phase: `ended: ${failure.detail}`, lastFailure: failure.code });
      await CancellationScope.nonCancellable(() => close(outcomeOf(failure), failure));
      throw isCancellation(error) ? error : endingWith(failure);
    }
  };

  setAttributes({ link, direction: 'forward', trigger, outcome: 'running' });
  tell({});
  const refused = await run();
  await continueAsNew<typeof forwardSync>({
    link,
    trigger: 'change',
    failures: state.failures,
    ...(refused === 0 ? {} : { refusals: refused }),
    ...(control.pending === undefined ? {} : { order: control.pending }),
  });
}
