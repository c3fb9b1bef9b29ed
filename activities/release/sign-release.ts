import { issue } from '../../adaptor/auth/sign.ts';
import { requireRelease, storeSignedRelease } from '../../adaptor/data/control/releases.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { readSubject } from '../../adaptor/data/release/read-subject.ts';
import { contentDigest, releaseOrder } from '../../adaptor/data/release/released-record.ts';
import { requireLink } from '../../adaptor/data/state/link.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ReleaseAct } from '../../exchange/release.ts';
import { payloadDigest, readReleaseClaims } from '../auth/message-claims.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { planOf } from '../plans.ts';

/** Which decision becomes a release. */
export interface SignReleaseInput {
  readonly link: string;
  readonly releaseId: string;
}

/** What was signed; no values. */
export interface SignedRelease {
  readonly act: ReleaseAct;
  readonly collection: string;
  readonly requestedBy: string;
  readonly jws: string;
}

/**
 * Signs the release of a user's decision: which record, the digest of what is to be written, who and why. A repetition finds the
 * one that was signed. Throws `link-stopped`, `already-decided`, `record-not-found`, `bad-request`, `field-not-authorised`,
 * `key-invalid`, `release-not-accepted` (it has ended, or is another link's).
 */
export async function signRelease(context: Pick<ActivityContext, 'links' | 'consumer'>, { link, releaseId }: SignReleaseInput): Promise<SignedRelease> {
  const setup = linkOf(context, link);
  return inTransaction(context.consumer, async (client) => {
    const release = await requireRelease(client, releaseId);
    if (release.link !== link || (release.state !== 'asked' && release.state !== 'signed'))
      throw new TidegateError('release-not-accepted', `It is ${release.state}.`, { release: releaseId });
    const { act, subject, requestedBy, reason } = release;
    if (release.jws !== null) return { act, requestedBy, jws: release.jws, collection: readReleaseClaims(release.jws).order.collection };
    const { state } = await requireLink(client, setup.name);
    if (state !== 'open') throw new TidegateError('link-stopped', `It is ${state}.`, { link, state });
    const record = await readSubject(client, release);
    const order = await releaseOrder(client, await planOf(client, setup, record.collection), record);
    const { tenant, environment, link: name } = setup.identity;
    const body = { tenant, environment, link: name, act, subject, content: contentDigest(record), by: requestedBy, reason, order };
    const jws = await issue(setup.signingKey, 'release', body, { id: releaseId, audience: partyId('crm', setup.identity) });
    await storeSignedRelease(client, readReleaseClaims(jws), jws, payloadDigest(jws));
    return { act, requestedBy, jws, collection: record.collection };
  });
}
