import { issue } from '../../adaptor/auth/sign.ts';
import type { LeftOut } from '../../adaptor/data/control/left-out.ts';
import { reopenApproved } from '../../adaptor/data/control/approvals.ts';
import { expireMessages, readMessage, spentMessages, storeMessage } from '../../adaptor/data/control/reverse-messages.ts';
import { readSwitchedOff } from '../../adaptor/data/control/sync-options.ts';
import { holdClaimed } from '../../adaptor/data/control/sync-requests.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { type ChannelRow, readChannels } from '../../adaptor/data/state/channel.ts';
import { requireLink } from '../../adaptor/data/state/link.ts';
import type { ReverseOrder } from '../../exchange/claims.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import type { PlannedCollection } from '../../adaptor/data/plan-collections.ts';
import { planCollections } from '../plans.ts';
import { payloadDigest, readMessageClaims } from './message-claims.ts';
import { orderOf, whyClosed, withinBudgets } from './reverse-orders.ts';

/** What a message is signed for. */
export interface SignReverseMessageInput {
  readonly link: string;
  /** Chosen by the requesting workflow: `jti`, and id of the run to come. */
  readonly messageId: string;
  readonly cause: 'period' | 'user' | 'records' | 'repair';
  readonly requests: readonly string[];
  /** Empty: all. */
  readonly collections: readonly string[];
}

/** What was signed. */
export interface SignedReverseMessage {
  /** Collections that the message orders; where there is none, nothing was signed. */
  readonly collections: readonly string[];
  /** Collections that were asked for and are not ordered, each with the code that says why. */
  readonly leftOut: LeftOut;
}

/**
 * Signs and keeps the reverse synchronisation message. Collections that are not open yet (rule 10) or are switched off are left out. A
 * repetition finds the stored message. Throws `message-open`, which passes by itself, or `link-stopped`.
 */
export async function signReverseMessage(
  context: Pick<ActivityContext, 'links' | 'consumer'>,
  { link, messageId, cause, requests, collections }: SignReverseMessageInput,
): Promise<SignedReverseMessage> {
  const setup = linkOf(context, link);
  const planned = await planCollections(context.consumer, setup);
  return inTransaction(context.consumer, async (client) => {
    let channels = await readChannels(client, setup.name);
    const switchedOff = await readSwitchedOff(client, setup.name, 'reverse');
    const told = (ordered: readonly ReverseOrder[]): SignedReverseMessage => {
      const names = ordered.map(({ collection }) => collection);
      return { collections: names, leftOut: whyLeftOut({ planned, channels, switchedOff, named: collections, ordered: names }) };
    };
    const known = await readMessage(client, messageId);
    if (known !== undefined) return told(readMessageClaims(known.jws).orders);
    const row = await requireLink(client, setup.name);
    if (row.state !== 'open') throw new TidegateError('link-stopped', `It is ${row.state}.`, { link, state: row.state });
    // A run beside this one may have served them while this one waited for its message to end.
    if (!(await holdClaimed(client, requests))) return { collections: [], leftOut: {} };
    await expireMessages(client, link);
    await reopenApproved(client, setup.name, 'reverse');
    channels = await readChannels(client, setup.name);
    const wanted = planned.filter(({ collection }) => !switchedOff.has(collection) && (collections.length === 0 || collections.includes(collection)));
    const orders: ReverseOrder[] = [];
    for (const one of wanted.flatMap((each) => orderOf(setup, each, channels) ?? [])) orders.push(await withinBudgets(client, setup, one, messageId));
    if (orders.length === 0) return told([]);
    const { tenant, environment, link: name } = setup.identity;
    const body = {
      tenant,
      environment,
      link: name,
      epoch: row.epoch,
      generation: row.generation,
      cause,
      requests: [...requests],
      holdMs: setup.reverse.holdMs,
      orders,
      spent: [...(await spentMessages(client, link))],
    };
    const jws = await issue(setup.signingKey, 'reverseMessage', body, { id: messageId, lifetimeSeconds: setup.reverse.validMs / 1000 });
    const claims = readMessageClaims(jws);
    await storeMessage(client, link, claims, jws, payloadDigest(jws));
    return told(claims.orders);
  });
}

interface Asked {
  readonly planned: readonly PlannedCollection[];
  readonly channels: readonly ChannelRow[];
  readonly switchedOff: ReadonlySet<string>;
  /** Empty: all. */
  readonly named: readonly string[];
  readonly ordered: readonly string[];
}

/** Why collections that were asked for are not ordered. That nothing of a collection may come back is told only where it was named. */
function whyLeftOut({ planned, channels, switchedOff, named, ordered }: Asked): LeftOut {
  const leftOut: Record<string, ErrorCode> = {};
  for (const name of named.length === 0 ? planned.map(({ collection }) => collection) : named) {
    if (ordered.includes(name)) continue;
    if (switchedOff.has(name)) {
      leftOut[name] = 'collection-switched-off';
      continue;
    }
    const one = planned.find(({ collection }) => collection === name);
    const code = one === undefined ? 'collection-unknown' : whyClosed(one, channels);
    if (code !== undefined) leftOut[name] = code;
    else if (named.length > 0) leftOut[name] = 'field-not-authorised';
  }
  return leftOut;
}
