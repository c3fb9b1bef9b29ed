import { leftOutCode } from '../../adaptor/data/control/left-out.ts';
import { bindAllowance, readAllowance } from '../../adaptor/data/control/approvals.ts';
import { shareOfRecords } from '../../adaptor/data/control/count-records.ts';
import type { PlannedCollection } from '../../adaptor/data/plan-collections.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';
import type { ChannelRow } from '../../adaptor/data/state/channel.ts';
import type { ReverseOrder } from '../../exchange/claims.ts';
import { returningFields } from '../../exchange/collection.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import type { Direction } from '../../exchange/names.ts';
import { type LinkSetup, collectionOf } from '../link-setup.ts';

/** What a collection is ordered for, without its change budget; undefined where it cannot be. */
export function orderOf(
  setup: LinkSetup,
  { collection, plan }: PlannedCollection,
  channels: readonly ChannelRow[],
): { readonly order: ReverseOrder; readonly plan: CollectionPlan } | undefined {
  const forward = channels.find((channel) => channel.collection === collection && channel.direction === 'forward');
  const reverse = channels.find((channel) => channel.collection === collection && channel.direction === 'reverse');
  const isOpen = forward?.state === 'open' && reverse !== undefined && reverse.state !== 'stopped' && reverse.state !== 'drifted';
  if (!isOpen || plan === undefined || plan.schemaHash !== forward.schemaHash) return undefined;
  const fields = returningFields(plan.definition);
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

/** The order with its budgets: the configured ones, or for once what a user has approved, which is then bound to the message. */
export async function withinBudgets(
  client: Queryable,
  setup: LinkSetup,
  { order, plan }: { readonly order: ReverseOrder; readonly plan: CollectionPlan },
  messageId?: string,
): Promise<ReverseOrder> {
  const { budget } = await shareOfRecords(client, plan, collectionOf(setup, order.collection).changeShare.reverse);
  const allowance = await readAllowance(client, setup.name, order.collection, 'reverse');
  if (allowance !== undefined && messageId !== undefined) await bindAllowance(client, allowance.id, messageId);
  const deleteBudget = Math.max(order.deleteBudget, allowance?.deletes ?? 0);
  const truncated = allowance?.kind === 'truncate' ? ({ truncated: true } as const) : {};
  return { ...order, deleteBudget, ...(budget === null ? {} : { changeBudget: Math.max(budget, allowance?.changes ?? 0) }), ...truncated };
}

/** Reasons for which a channel waits for a user's approval. */
const ASKED: ReadonlySet<ErrorCode> = new Set(['change-budget-exceeded', 'delete-budget-exceeded', 'load-needs-approval', 'truncate-needs-approval']);

/** Why a collection cannot be ordered; undefined where that is for want of fields that may come back. */
export function whyClosed({ collection, plan }: PlannedCollection, channels: readonly ChannelRow[]): ErrorCode | undefined {
  const of = (direction: Direction) => channels.find((channel) => channel.collection === collection && channel.direction === direction);
  const forward = of('forward');
  const reverse = of('reverse');
  if (reverse?.state === 'stopped' && reverse.stateCode !== null && ASKED.has(reverse.stateCode)) return 'approval-needed';
  const code = leftOutCode(forward?.state) ?? (reverse?.state === 'stopped' || reverse?.state === 'drifted' ? leftOutCode(reverse.state) : undefined);
  return code ?? (plan === undefined || plan.schemaHash !== forward?.schemaHash ? 'schema-drifted' : undefined);
}
