import { readMessage } from '../../adaptor/data/control/reverse-messages.ts';
import { requireLink } from '../../adaptor/data/state/link.ts';
import type { ReverseMessageClaims } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { readMessageClaims } from '../auth/message-claims.ts';
import type { ActivityContext, LinkSetup } from '../link-setup.ts';

/**
 * What an accepted message orders, while it may be acted on. Its bytes were verified when it was accepted. Throws `link-stopped`,
 * `message-not-accepted`, `message-expired`.
 */
export async function acceptedOrders(
  { consumer }: Pick<ActivityContext, 'consumer'>,
  { name }: LinkSetup,
  messageId: string,
): Promise<{ readonly jws: string; readonly claims: ReverseMessageClaims }> {
  const { state } = await requireLink(consumer, name);
  if (state !== 'open') throw new TidegateError('link-stopped', `It is ${state}.`, { link: name, state });
  const message = await readMessage(consumer, messageId);
  if (message?.state !== 'open') throw new TidegateError('message-not-accepted', undefined, { messageId });
  const claims = readMessageClaims(message.jws);
  if (Date.now() >= claims.exp * 1000) throw new TidegateError('message-expired', undefined, { messageId });
  return { jws: message.jws, claims };
}
