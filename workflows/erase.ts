import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { activitiesWith } from './activities.ts';
import { shortStep, waitStep, wireStep } from './activity-options.ts';
import { endingWith, failureOf, outcomeOf, readFailure } from './failure.ts';
import { setAttributes } from './search-attributes.ts';

/** An erasure by its number: its row holds whose values are destroyed, by whose decision, and why. */
export interface EraseRequest {
  readonly link: string;
  readonly erasure: number;
}

/** A record may come back while it is erased: by a user, or by an order that was under way. So often it is deleted again. */
const MAX_ROUNDS = 5;

/**
 * Destroys the values of one record everywhere: deletes it in the CRM under a release of its own (so a refusal there leaves
 * everything as it was), lets the cloud know by ordinary windows, orders the cloud to destroy what it keeps beside, waits for orders
 * that are under way, and destroys what the CRM keeps. Every step may be repeated; a worker that dies is followed by another one.
 */
export async function erase({ link, erasure }: EraseRequest): Promise<{ readonly rounds: number }> {
  const { workflowId, runId: executionId } = workflowInfo();
  const runId = `${workflowId}/${executionId}`;
  const what = `erasure ${erasure}`;
  const tell = (text: string): void => setCurrentDetails(`**Erasure ${erasure}** of ${link}: ${text}`);
  setAttributes({ link, direction: 'reverse', trigger: 'release', outcome: 'running' });
  try {
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      tell('the record is deleted');
      const { collection, releaseId } = await activitiesWith(shortStep, what).beginErasure({ link, erasure });
      setAttributes({ collection: [collection] });
      if (releaseId !== null) await deleteUnder(link, releaseId, runId);
      tell('the cloud is told');
      await activitiesWith(waitStep, what).awaitForwarded({ link, erasure });
      await activitiesWith(wireStep, what).orderErasure({ link, erasure });
      tell('orders that are under way end');
      await activitiesWith(waitStep, what).awaitReceived({ link, erasure });
      tell('what is kept is destroyed');
      const { present } = await activitiesWith(shortStep, what).destroyValues({ link, erasure });
      if (present) continue;
      await activitiesWith(shortStep, 'done').closeErasure({ link, erasure, runId, state: 'done', errorCode: null });
      setAttributes({ outcome: 'completed', records: 1 });
      tell('done');
      return { rounds: round };
    }
    throw endingWith(failureOf('version-conflict'));
  } catch (error) {
    const failure = isCancellation(error) ? failureOf('run-cancelled') : readFailure(error);
    tell(`ended: ${failure.detail}`);
    setAttributes({ outcome: outcomeOf(failure) });
    await CancellationScope.nonCancellable(() =>
      activitiesWith(shortStep, failure.code).closeErasure({ link, erasure, runId, state: 'refused', errorCode: failure.code }),
    );
    throw isCancellation(error) ? error : endingWith(failure);
  }
}

/** Deletes the CRM's record under a release, as any decision that writes after a message was accepted. */
async function deleteUnder(link: string, releaseId: string, runId: string): Promise<void> {
  const { jws } = await activitiesWith(shortStep, releaseId).signRelease({ link, releaseId });
  await activitiesWith(shortStep, releaseId).verifyRelease({ link, releaseId, jws });
  try {
    const { outcome } = await activitiesWith(shortStep, releaseId).applyRelease({ link, releaseId, runId });
    await activitiesWith(shortStep, outcome).closeRelease({ link, releaseId, runId, state: 'applied', outcome, errorCode: null, errorDetail: null });
  } catch (error) {
    const { code, detail } = isCancellation(error) ? failureOf('run-cancelled') : readFailure(error);
    const end = { state: 'refused', outcome: null, errorCode: code, errorDetail: detail } as const;
    await CancellationScope.nonCancellable(() => activitiesWith(shortStep, code).closeRelease({ link, releaseId, runId, ...end }));
    throw error;
  }
}
