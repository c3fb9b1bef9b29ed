import { leftOutCode } from '../../adaptor/data/control/left-out.ts';
import { keepComparison, requireReconciliation } from '../../adaptor/data/control/reconciliations.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { compareCollection as compare } from '../../adaptor/data/reconciliation/compare-collection.ts';
import { requireChannel } from '../../adaptor/data/state/channel.ts';
import { assertOpen } from '../../adaptor/data/state/epoch.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { planOf } from '../plans.ts';
import { questionsTo } from './ask-cloud.ts';

/** A comparison by reference. */
export interface ReconciliationInput {
  readonly link: string;
  readonly id: string;
}

/** What a comparison found: numbers only. */
export interface ComparedCollection {
  readonly differences: number;
  readonly waiting: number;
  readonly truncated: boolean;
  /** Whether its repair was asked for. */
  readonly repair: boolean;
}

/**
 * Compares one collection of a link with the cloud's and keeps what differs in the CRM's control plane. May be repeated.
 * Throws `link-stopped`, `load-incomplete`, `schema-drifted`, `collection-stopped`, and what the cloud refuses.
 */
export async function compareCollection(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'registry'>,
  { link, id }: ReconciliationInput,
): Promise<ComparedCollection> {
  const setup = linkOf(context, link);
  const { consumer } = context;
  const { collection, repair, deleteReceipted } = await requireReconciliation(consumer, link, id);
  const { generation } = await assertOpen(consumer, { link: setup.name });
  const channel = await requireChannel(consumer, { link: setup.name, collection, direction: 'forward' });
  const code = leftOutCode(channel.state);
  if (code !== undefined) throw new TidegateError(code, channel.stateReason ?? undefined, { collection });
  const plan = await planOf(consumer, setup, collection);
  let step = 'begins';
  return beating(
    () => ({ collection, step }),
    async (signal) => {
      const { ask, wire } = questionsTo(context, setup, plan, { generation, signal });
      const options = { maxDifferences: setup.reconciliation.maxDifferences, onStep: (told: string) => (step = told), signal };
      const comparison = await compare(consumer, { link: setup.name }, plan, ask, options);
      await inTransaction(consumer, (client) => keepComparison(client, id, comparison, wire));
      const waiting = Object.values(comparison.waiting).reduce((sum, count) => sum + count, 0);
      return { differences: comparison.differences.length, waiting, truncated: comparison.truncated, repair: repair || deleteReceipted };
    },
  );
}
