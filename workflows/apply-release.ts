import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { ReleaseOutcome } from '../exchange/release.ts';
import { activitiesWith } from './activities.ts';
import { shortStep } from './activity-options.ts';
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
  const tell = (text: string): void => setCurrentDetails(`**Release ${releaseId}** of ${link}: ${text}`);
  setAttributes({ link, direction: 'reverse', trigger: 'release', outcome: 'running', messageId: releaseId });
  tell('is signed');
  try {
    const { act, collection, jws } = await activitiesWith(shortStep, releaseId).signRelease({ link, releaseId });
    setAttributes({ collection: [collection] });
    tell(`${act} in ${collection}, is verified`);
    await activitiesWith(shortStep, `${act} in ${collection}`).verifyRelease({ link, releaseId, jws });
    tell(`${act} in ${collection}, is written`);
    const { outcome } = await activitiesWith(shortStep, `${act} in ${collection}`).applyRelease({ link, releaseId, runId });
    await activitiesWith(shortStep, outcome).closeRelease({ link, releaseId, runId, state: 'applied', outcome, errorCode: null, errorDetail: null });
    await activitiesWith(shortStep, `records that waited for one of ${collection}`).orderDependents({ link, collection });
    setAttributes({ outcome: 'completed', records: 1 });
    tell(`${act} in ${collection}: ${outcome}`);
    return { outcome };
  } catch (error) {
    const failure = isCancellation(error) ? failureOf('run-cancelled') : readFailure(error);
    tell(`ended: ${failure.detail}`);
    setAttributes({ outcome: outcomeOf(failure) });
    const end = { state: 'refused', outcome: null, errorCode: failure.code, errorDetail: failure.detail } as const;
    await CancellationScope.nonCancellable(() => activitiesWith(shortStep, failure.code).closeRelease({ link, releaseId, runId, ...end }));
    throw isCancellation(error) ? error : endingWith(failure);
  }
}
