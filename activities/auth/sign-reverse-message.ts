import { issue } from '../../adaptor/auth/sign.ts';
import { bindAllowance, readAllowance, reopenApproved } from '../../adaptor/data/control/approvals.ts';
import { shareOfRecords } from '../../adaptor/data/control/count-records.ts';
import { expireMessages, readMessage, storeMessage } from '../../adaptor/data/control/reverse-messages.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { type Queryable, inTransaction } from '../../adaptor/data/pool.ts';
import { type ChannelRow, readChannels } from '../../adaptor/data/state/channel.ts';
import { requireLink } from '../../adaptor/data/state/link.ts';
import { changeableFields } from '../../exchange/collection.ts';
import { type ReverseMessageClaims, type ReverseOrder } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, type LinkSetup, collectionOf, linkOf } from '../link-setup.ts';
import type { PlannedCollection } from '../../adaptor/data/plan-collections.ts';
import { planCollections } from '../plans.ts';
import { payloadDigest, readMessageClaims } from './message-claims.ts';

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

/**
 * Signs and keeps the reverse synchronisation message. Collections that are not open yet are left out (rule 10). A
 * repetition finds the stored message. Throws `load-incomplete` or `message-open` (both pass by themselves), `link-stopped`,
 * `schema-drifted` where every collection asked for is stopped.
 */
export async function signReverseMessage(
  context: Pick<ActivityContext, 'links' | 'consumer'>,
  { link, messageId, cause, requests, collections }: SignReverseMessageInput,
): Promise<{ readonly collections: readonly string[]; readonly expiresAt: string }> {
  const setup = linkOf(context, link);
  const planned = await planCollections(context.consumer, setup);
  return inTransaction(context.consumer, async (client) => {
    const known = await readMessage(client, messageId);
    if (known !== undefined) return told(readMessageClaims(known.jws));
    const row = await requireLink(client, setup.name);
    if (row.state !== 'open') throw new TidegateError('link-stopped', `It is ${row.state}.`, { link, state: row.state });
    await expireMessages(client, link);
    await reopenApproved(client, setup.name, 'reverse');
    const channels = await readChannels(client, setup.name);
    const wanted = planned.filter(({ collection }) => collections.length === 0 || collections.includes(collection));
    const orders: ReverseOrder[] = [];
    for (const one of wanted.flatMap((each) => orderOf(setup, each, channels) ?? [])) orders.push(await withinBudgets(client, setup, one, messageId));
    if (orders.length === 0) throw nothingOpen(wanted, channels);
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
    };
    const jws = await issue(setup.signingKey, 'reverseMessage', body, { id: messageId, lifetimeSeconds: setup.reverse.validMs / 1000 });
    const claims = readMessageClaims(jws);
    await storeMessage(client, link, claims, jws, payloadDigest(jws));
    return told(claims);
  });
}

/** What a collection is ordered for, without its change budget; undefined where it cannot be. */
function orderOf(
  setup: LinkSetup,
  { collection, plan }: PlannedCollection,
  channels: readonly ChannelRow[],
): { readonly order: ReverseOrder; readonly plan: CollectionPlan } | undefined {
  const forward = channels.find((channel) => channel.collection === collection && channel.direction === 'forward');
  const reverse = channels.find((channel) => channel.collection === collection && channel.direction === 'reverse');
  const isOpen = forward?.state === 'open' && reverse !== undefined && reverse.state !== 'stopped' && reverse.state !== 'drifted';
  if (!isOpen || plan === undefined || plan.schemaHash !== forward.schemaHash) return undefined;
  const fields = changeableFields(plan.definition, 'cloud');
  if (fields.length === 0) return undefined;
  const { maxRows, maxWindows } = setup.reverse;
  const deleteBudget = collectionOf(setup, collection).deleteBudget.reverse;
  const order: ReverseOrder = {
    collection,
    fields: [...fields],
    operations: ['I', 'U', 'D'],
    afterOrdinal: reverse.ordinal,
    cursor: reverse.peerCursor,
    maxRows,
    maxWindows,
    deleteBudget,
  };
  return { order, plan };
}

/** The order with its budgets: the configured ones, or for once what a user has approved. */
async function withinBudgets(
  client: Queryable,
  setup: LinkSetup,
  { order, plan }: { readonly order: ReverseOrder; readonly plan: CollectionPlan },
  messageId: string,
): Promise<ReverseOrder> {
  const { budget } = await shareOfRecords(client, plan, collectionOf(setup, order.collection).changeShare.reverse);
  const allowance = await readAllowance(client, setup.name, order.collection, 'reverse');
  if (allowance !== undefined) await bindAllowance(client, allowance.id, messageId);
  const deleteBudget = Math.max(order.deleteBudget, allowance?.deletes ?? 0);
  return { ...order, deleteBudget, ...(budget === null ? {} : { changeBudget: Math.max(budget, allowance?.changes ?? 0) }) };
}

/** Why no collection can be ordered: a load that is still to come passes, a stopped collection does not. */
function nothingOpen(wanted: readonly PlannedCollection[], channels: readonly ChannelRow[]): TidegateError {
  const names = wanted.map(({ collection }) => collection);
  if (names.length === 0) return new TidegateError('collection-unknown');
  const waits = (name: string) => channels.find((c) => c.collection === name && c.direction === 'reverse')?.stateReason?.includes('tidegate approve') === true;
  if (names.every(waits)) return new TidegateError('approval-needed', undefined, { collections: names });
  const states = names.map((name) => channels.find((c) => c.collection === name && c.direction === 'forward')?.state ?? 'new');
  const coming = states.some((state) => state === 'new' || state === 'loading' || state === 'loaded');
  return new TidegateError(coming ? 'load-incomplete' : 'schema-drifted', undefined, { collections: names, states });
}

function told({ orders, exp }: ReverseMessageClaims) {
  return { collections: orders.map(({ collection }) => collection), expiresAt: new Date(exp * 1000).toISOString() };
}
