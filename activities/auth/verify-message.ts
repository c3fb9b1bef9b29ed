import { verify } from '../../adaptor/auth/verify.ts';
import { acceptMessage, markDelivered, readMessage } from '../../adaptor/data/control/reverse-messages.ts';
import { requesterOf } from '../../adaptor/data/control/sync-requests.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { linkName } from '../../exchange/names.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { payloadDigest } from './message-claims.ts';

/** What a reverse run was signalled with. */
export interface VerifyMessageInput {
  readonly runId: string;
  /** The workflow's id. */
  readonly messageId: string;
  readonly jws: string;
}

/** What a verified message orders. */
export interface VerifiedMessage {
  readonly link: string;
  readonly cause: 'period' | 'user' | 'records' | 'repair';
  readonly requestedBy: string | null;
  readonly orders: readonly { readonly collection: string; readonly afterOrdinal: number; readonly maxWindows: number }[];
}

/**
 * Verifies a reverse message from its bytes, in the verifier's role: signed by the CRM of its link, in its time, made for
 * this run, and recorded when it was signed; then records that it was accepted (rule 17). Throws as `verify` does, or
 * `message-not-accepted`. A repetition has the same result.
 */
export async function verifyMessage(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'verifier' | 'registry'>,
  { messageId, jws }: VerifyMessageInput,
): Promise<VerifiedMessage> {
  const { claims } = await verify(jws, 'reverseMessage', { registry: context.registry, audience: (issuer) => partyId('cloud', issuer.link) });
  const link = linkName(claims);
  linkOf(context, link);
  if (claims.jti !== messageId) throw new TidegateError('message-not-accepted', 'It was made for another run.', { messageId });
  const digest = payloadDigest(jws);
  await inTransaction(context.verifier, async (client) => {
    const stored = await readMessage(client, messageId);
    if (stored === undefined || stored.link !== link || stored.digest !== digest)
      throw new TidegateError('message-not-accepted', 'The CRM did not record that it was signed.', { messageId });
    if (stored.state !== 'signed' && stored.state !== 'open') throw new TidegateError('message-not-accepted', `It is ${stored.state}.`, { messageId });
    await acceptMessage(client, link, claims, digest);
  });
  await markDelivered(context.consumer, messageId);
  const orders = claims.orders.map(({ collection, afterOrdinal, maxWindows }) => ({ collection, afterOrdinal, maxWindows }));
  return { link, cause: claims.cause, requestedBy: await requesterOf(context.consumer, claims.requests), orders };
}
