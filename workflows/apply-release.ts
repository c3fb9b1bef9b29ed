import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { ReleaseOutcome } from '../exchange/release.ts';
import { activitiesWith } from './activities.ts';
import { proofStep, shortStep, wireStep } from './activity-options.ts';
import { endingWith, failureOf, outcomeOf, readFailure } from './failure.ts';
import { setAttributes } from './search-attributes.ts';

/** What a release is applied from: its row holds what a user decided, and why. */
export interface ApplyReleaseRequest {
  readonly link: string;
  readonly releaseId: string;
}

/** What became of it. */
export interface ApplyReleaseResult {
  readonly outcome: ReleaseOutcome;
}

/**
 * Carries out a decision that writes into the CRM after a message was accepted (rule 5): signs a release of it, has it verified,
 * writes under it once, and closes it. Patient while a database is away; a refusal ends it, and the record waits as before.
 */
export async function applyRelease({ link, releaseId }: ApplyReleaseRequest): Promise<ApplyReleaseResult> {
  const { workflowId, runId: executionId } = workflowInfo();
  const runId = `${workflowId}/${executionId}`;
  let isRun = false;
  const tell = (text: string): void => setCurrentDetails(`**Release ${releaseId}** of ${link}: ${text}`);
  setAttributes({ link, direction: 'reverse', trigger: 'release', outcome: 'running', messageId: releaseId });
  tell('is signed');
  try {
    const { act, collection, jws, requestedBy } = await activitiesWith(shortStep, releaseId).signRelease({ link, releaseId });
    const collections = collection.split(', ');
    setAttributes({ collection: collections });
    // What brings in more than one record is a run of its own in the CRM's log.
    if (act === 'approve' || act === 'undo') {
      const trigger = act === 'approve' ? 'approval' : 'undo';
      setAttributes({ trigger });
      await activitiesWith(shortStep, link).openRun({ link, runId, direction: 'reverse', trigger, messageId: releaseId, requestedBy });
      isRun = true;
    }
    tell(`${act} in ${collection}, is verified`);
    await activitiesWith(shortStep, `${act} in ${collection}`).verifyRelease({ link, releaseId, jws });
    tell(`${act} in ${collection}, is written`);
    const { outcome, ordinal } = await activitiesWith(proofStep, `${act} in ${collection}`).applyRelease({ link, releaseId, runId });
    await activitiesWith(shortStep, outcome).closeRelease({ link, releaseId, runId, state: 'applied', outcome, errorCode: null, errorDetail: null });
    if (typeof ordinal === 'number') {
      tell(`${act} in ${collection}, is receipted`);
      await activitiesWith(wireStep, 'access token, kept in the worker').obtainToken({ link, operations: ['reverse'] });
      await activitiesWith(wireStep, `${collection}: receipt of window ${ordinal}`).returnReceipt({ link, collection, ordinal });
      await activitiesWith(proofStep, 'every receipt of the run, from its bytes').verifyReceipts({ link, runId, direction: 'reverse' });
      await activitiesWith(shortStep, 'completed').closeRun({ link, runId, state: 'completed', errorCode: null, errorDetail: null });
    }
    for (const parent of collections) await activitiesWith(shortStep, `records that waited for one of ${parent}`).orderDependents({ link, collection: parent });
    setAttributes({ outcome: 'completed', ...(isRun ? {} : { records: 1 }) });
    tell(`${act} in ${collection}: ${outcome}`);
    return { outcome };
  } catch (error) {
    const failure = isCancellation(error) ? failureOf('run-cancelled') : readFailure(error);
    tell(`ended: ${failure.detail}`);
    setAttributes({ outcome: outcomeOf(failure) });
    const end = { state: 'refused', outcome: null, errorCode: failure.code, errorDetail: failure.detail } as const;
    await CancellationScope.nonCancellable(async () => {
      await activitiesWith(shortStep, failure.code).closeRelease({ link, releaseId, runId, ...end });
      if (isRun)
        await activitiesWith(shortStep, failure.code).closeRun({
          link,
          runId,
          state: outcomeOf(failure),
          errorCode: failure.code,
          errorDetail: failure.detail,
        });
    });
    throw isCancellation(error) ? error : endingWith(failure);
  }
}
