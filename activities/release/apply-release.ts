import { acceptedReleaseDigest, requireRelease } from '../../adaptor/data/control/releases.ts';
import { applyRelease as write } from '../../adaptor/data/release/apply-release.ts';
import { openRecord } from '../../adaptor/data/sealing/open-record.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ReleaseOutcome } from '../../exchange/release.ts';
import { payloadDigest, readReleaseClaims } from '../auth/message-claims.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { planOf } from '../plans.ts';

/** Which accepted release is applied. */
export interface ApplyReleaseInput {
  readonly link: string;
  readonly releaseId: string;
  readonly runId: string;
}

/** Writes what an accepted release allows. Throws `release-not-accepted`, `message-expired`, or as the injector does. */
export async function applyRelease(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'reverse'>,
  { link, releaseId, runId }: ApplyReleaseInput,
): Promise<{ readonly outcome: ReleaseOutcome }> {
  const setup = linkOf(context, link);
  const release = await requireRelease(context.consumer, releaseId);
  // Its bytes were verified when it was accepted, under this digest.
  const digest = release.jws === null ? null : payloadDigest(release.jws);
  if (release.jws === null || digest !== (await acceptedReleaseDigest(context.consumer, releaseId)))
    throw new TidegateError('release-not-accepted', undefined, { release: releaseId });
  const claims = readReleaseClaims(release.jws);
  if (Date.now() >= claims.exp * 1000) throw new TidegateError('message-expired', undefined, { release: releaseId });
  const plan = await planOf(context.consumer, setup, claims.order.collection);
  return {
    outcome: await write(context.reverse, {
      plan,
      id: releaseId,
      values: release.values,
      claims,
      runId,
      open: (record) => openRecord(record, plan, setup.cipher),
    }),
  };
}
