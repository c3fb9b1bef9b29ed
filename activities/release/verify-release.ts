import { verify } from '../../adaptor/auth/verify.ts';
import { acceptRelease, requireRelease } from '../../adaptor/data/control/releases.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { linkName } from '../../exchange/names.ts';
import { payloadDigest } from '../auth/message-claims.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** A signed release, as the workflow was given it. */
export interface VerifyReleaseInput {
  readonly link: string;
  readonly releaseId: string;
  /** Null: as its row has it. */
  readonly jws: string | null;
}

/**
 * Verifies a release from its bytes, in the verifier's role: signed by the CRM of its link, in its time, and recorded when it
 * was signed; then records that it was accepted. Throws as `verify` does, or `release-not-accepted`. A repetition has the same result.
 */
export async function verifyRelease(
  context: Pick<ActivityContext, 'links' | 'verifier' | 'registry'>,
  { link, releaseId, jws: given }: VerifyReleaseInput,
): Promise<void> {
  const jws = given ?? (await requireRelease(context.verifier, releaseId)).jws ?? '';
  const { claims } = await verify(jws, 'release', { registry: context.registry, audience: (issuer) => partyId('crm', issuer.link) });
  linkOf(context, link);
  if (linkName(claims) !== link || claims.jti !== releaseId) throw new TidegateError('release-not-accepted', 'It was made for something else.', { releaseId });
  const digest = payloadDigest(jws);
  await inTransaction(context.verifier, async (client) => {
    const stored = await requireRelease(client, releaseId);
    const same = stored.link === link && stored.digest === digest && stored.act === claims.act && stored.subject === claims.subject;
    if (!same) throw new TidegateError('release-not-accepted', 'The CRM did not record that it was signed.', { releaseId });
    if (stored.state !== 'signed') throw new TidegateError('release-not-accepted', `It is ${stored.state}.`, { releaseId });
    await acceptRelease(client, link, claims, digest);
  });
}
