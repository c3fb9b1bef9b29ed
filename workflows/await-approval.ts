import {
  ApplicationFailure,
  ChildWorkflowFailure,
  allHandlersFinished,
  condition,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import type { WaitingApproval } from '../activities/approvals/wait-for-approval.ts';
import { activitiesWith } from './activities.ts';
import { shortStep } from './activity-options.ts';
import { applyRelease } from './apply-release.ts';
import { type ApprovalProgress, type Decision, decide, look, progress } from './approval-messages.ts';
import { endingWith, outcomeOf, readFailure } from './failure.ts';
import { approvalDetails } from './run-details.ts';
import { setAttributes } from './search-attributes.ts';

/** What a workflow waits for. */
export interface AwaitApprovalInput {
  readonly link: string;
  /** Number of the approval. */
  readonly approval: number;
}

/** How it ended. */
export interface AwaitApprovalResult {
  readonly state: WaitingApproval['state'];
}

/** No timer of the server lasts longer; a row without an end is looked at again then. */
const LONGEST_WAIT_MS = 30 * 24 * 3_600_000;

/**
 * Waits for a user's decision, for days and over any restart: nothing is held open meanwhile. The decision is a row of the CRM; an
 * update brings it with who and why, a signal says that there is one. What was approved goes on: a reverse window that was set down is
 * written under a signed release (rule 5), anything else by a request for a run. What was not leaves both stores as they are.
 */
export async function awaitApproval({ link, approval }: AwaitApprovalInput): Promise<AwaitApprovalResult> {
  const at = { link, approval };
  let state: ApprovalProgress = { phase: 'reads what waits', decided: null, refusedUpdates: 0 };
  let row: WaitingApproval | undefined;
  let isTold = false;
  const tell = (told: Partial<ApprovalProgress>): void => {
    state = { ...state, ...told };
    setCurrentDetails(approvalDetails(link, approval, row, state));
  };
  setHandler(progress, () => state, { description: 'What it waits for.' });
  setHandler(look, () => void (isTold = true), { description: 'Tells it to look at its row: something was decided.' });
  setHandler(
    decide,
    async ({ approved, by, reason }) => {
      try {
        row = await activitiesWith(shortStep, by).confirmDecision({ ...at, approved, by, reason });
      } catch (error) {
        tell({ refusedUpdates: state.refusedUpdates + 1 });
        throw endingWith(readFailure(error));
      }
      isTold = true;
      return { state: row.state };
    },
    { validator: checkDecision, description: 'Brings a decision {approved, by, reason}; it counts where the CRM has recorded it.' },
  );

  setAttributes({ link, trigger: 'approval', outcome: 'waiting' });
  tell({});
  try {
    row = await activitiesWith(shortStep, `approval ${approval}`).readApproval(at);
    setAttributes({ collection: [row.collection], direction: row.direction, records: row.changes });
    while (row.state === 'waiting') {
      tell({ phase: 'waits for a decision' });
      const inTime: boolean = await condition(() => isTold, Math.min(Math.max(row.leftMs, 1), LONGEST_WAIT_MS));
      isTold = false;
      row = inTime ? await activitiesWith(shortStep, `approval ${approval}`).readApproval(at) : await activitiesWith(shortStep, 'its time').endWaiting(at);
    }
    const ended = await carryOut(at, row, tell);
    await condition(allHandlersFinished);
    setAttributes({ outcome: ended === 'approved' ? 'completed' : 'refused' });
    return { state: ended };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = readFailure(error);
    tell({ phase: `ended: ${failure.detail}` });
    setAttributes({ outcome: outcomeOf(failure) });
    throw endingWith(failure);
  }
}

/** What follows from the row. Gives its last state. */
async function carryOut(at: AwaitApprovalInput, row: WaitingApproval, tell: (told: Partial<ApprovalProgress>) => void): Promise<WaitingApproval['state']> {
  let { state } = row;
  const decided: Decision | null = row.decidedBy === null ? null : { approved: state === 'approved', by: row.decidedBy, reason: row.decidedReason ?? '' };
  tell({ phase: `is ${state}`, decided });
  if (state !== 'approved') {
    ({ state } = await activitiesWith(shortStep, state).discardHeldWindow(at));
    if (state !== 'approved') return state;
  }
  if (row.held) await writeHeld(at, tell);
  await activitiesWith(shortStep, 'the run that goes on').orderApproved(at);
  tell({ phase: 'is approved, and goes on' });
  return state;
}

/** Has the window that was set down written under a release. Where that is refused, the next run looks anew. */
async function writeHeld(at: AwaitApprovalInput, tell: (told: Partial<ApprovalProgress>) => void): Promise<void> {
  const releaseId = uuid4();
  tell({ phase: `is approved, and written under release ${releaseId}` });
  await activitiesWith(shortStep, releaseId).askApprovedRelease({ ...at, releaseId });
  try {
    await executeChild(applyRelease, { workflowId: `release/${releaseId}`, args: [{ link: at.link, releaseId }] });
  } catch (error) {
    if (isCancellation(error)) throw error;
    await activitiesWith(shortStep, 'the release was refused').giveUpApproval(at);
    throw error instanceof ChildWorkflowFailure && error.cause !== undefined ? error.cause : error;
  }
}

function checkDecision({ approved, by, reason }: Decision): void {
  const isText = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '' && text.length <= 1000;
  if (typeof approved !== 'boolean' || !isText(by) || !isText(reason))
    throw ApplicationFailure.create({ message: 'A decision has {approved, by, reason}.', type: 'bad-request', nonRetryable: true });
}
