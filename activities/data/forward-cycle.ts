import { pendingCollections } from '../../adaptor/data/control/pending-collections.ts';
import { type PumpStanding, readPumpStanding } from '../../adaptor/data/control/pump-standing.ts';
import type { SnapshotReader, WindowPhase } from '../../adaptor/data/extraction/prepared-window.ts';
import { withSnapshot } from '../../adaptor/data/extraction/snapshot.ts';
import { allInOrder } from '../../adaptor/data/pipelined.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { requireChannel, stopChannel } from '../../adaptor/data/state/channel.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import type { ActivityContext, LinkSetup } from '../link-setup.ts';
import { checkForwardBudget } from './forward-budget.ts';
import { plansFor, relatedCollections } from './forward-order.ts';
import { sendWindow } from './send-window.ts';

/** What a cycle works on. */
export interface CycleInput {
  readonly setup: LinkSetup;
  /** Plans of the collections that take part, parents first. */
  readonly plans: readonly CollectionPlan[];
  readonly runId: string;
  readonly epoch: number;
}

/** What a cycle did. */
export interface CycleResult {
  readonly windows: number;
  readonly rows: number;
  /** Changes are known that a further cycle has to send. */
  readonly hasLater: boolean;
  /** Collections that were stopped in this cycle, with the code. */
  readonly stopped: ReadonlyMap<string, ErrorCode>;
}

/** Refusals that concern one collection: it is stopped with the reason, others go on. */
const OF_ONE_COLLECTION: ReadonlySet<ErrorCode> = new Set([
  'schema-drifted',
  'truncate-needs-approval',
  'delete-budget-exceeded',
  'change-budget-exceeded',
  'load-incomplete',
  'collection-unknown',
  'collection-stopped',
]);

type Context = Pick<ActivityContext, 'consumer' | 'registry' | 'observeWindow' | 'hooks' | 'announceApproval'>;

/**
 * Sends all that is committed, for all collections from one snapshot: upserts parents first, then tombstones children first.
 * What stands in no relation to others goes in one window.
 */
export async function forwardCycle(context: Context, input: CycleInput): Promise<CycleResult> {
  if (input.plans.length === 0) return NOTHING_SENT;
  return withSnapshot(context.consumer, { link: input.setup.name, epoch: input.epoch }, (snapshot) => sendAll(context, snapshot, input), {
    ahead: input.plans[0],
  });
}

const NOTHING_SENT: CycleResult = { windows: 0, rows: 0, hasLater: false, stopped: new Map() };

/** What a notice tells: collections whose tables have probably changed. */
export interface NotifiedInput extends CycleInput {
  readonly notified: ReadonlySet<string>;
}

/**
 * The usual cycle of a pump, after a notice and while nothing else is asked of it: how the link stands and which collections wait is
 * read with the snapshot itself. Undefined, with nothing sent, where there is more to see to than changes.
 */
export async function notifiedCycle(context: Context, input: NotifiedInput): Promise<CycleResult | undefined> {
  const { setup, plans, epoch, notified } = input;
  let begun = false;
  const send = async (snapshot: SnapshotReader, seen: readonly [PumpStanding, ReadonlySet<string>] | undefined): Promise<CycleResult | undefined> => {
    begun = true;
    if (seen === undefined) return undefined;
    const [standing, pending] = seen;
    if (standing.hasRequests) return undefined;
    const flowing = plans.filter(({ definition }) => !standing.switchedOff.includes(definition.name));
    return sendAll(context, snapshot, { ...input, plans: plansFor(flowing, pending) });
  };
  try {
    return await withSnapshot(context.consumer, { link: setup.name, epoch }, send, {
      ahead: plansFor(plans, notified)[0],
      alongside: (client) => allInOrder([readPumpStanding(client, setup.name), pendingCollections(client, setup.name, plans)]),
    });
  } catch (error) {
    // A link that was paused, stopped or taken over: the pump looks why.
    if (!begun && error instanceof TidegateError && ENDS_A_PUMP.has(error.code)) return undefined;
    throw error;
  }
}

const ENDS_A_PUMP: ReadonlySet<ErrorCode> = new Set(['link-stopped', 'epoch-stale']);

async function sendAll(context: Context, snapshot: SnapshotReader, { setup, plans, runId, epoch }: CycleInput): Promise<CycleResult> {
  const related = relatedCollections(plans);
  const stopped = new Map<string, ErrorCode>();
  let [windows, rows, hasLater] = [0, 0, false];

  /** Sends one window, if there is one. Whether that was all of the collection. */
  const send = async (plan: CollectionPlan, phase: WindowPhase): Promise<boolean> => {
    const collection = plan.definition.name;
    if (stopped.has(collection)) return true;
    try {
      const window = await snapshot.prepareWindow({ plan, runId, phase, meanwhile: true });
      if (window === undefined) return false;
      try {
        await checkForwardBudget(context, { setup, plan, window, runId });
        await sendWindow(context, { setup, plan, window, epoch });
      } catch (error) {
        // Whoever settles it has to find it.
        await window.written.catch(() => undefined);
        throw error;
      }
      windows += 1;
      rows += window.rows;
      hasLater ||= window.kind === 'delta' && window.hasLater;
      return window.kind === 'delta';
    } catch (error) {
      if (!(error instanceof TidegateError) || !OF_ONE_COLLECTION.has(error.code)) throw error;
      await setAside(context, setup, collection, error);
      stopped.set(collection, error.code);
      return true;
    }
  };

  const rest: CollectionPlan[] = [];
  for (const plan of plans) {
    const isRelated = related.has(plan.definition.name);
    if (!(await send(plan, isRelated ? 'upserts' : 'all')) && isRelated) rest.unshift(plan);
  }
  for (const plan of rest) await send(plan, 'tombstones');
  return { windows, rows, hasLater, stopped };
}

/** Notes why a collection no longer flows; whoever stopped it before has said so already. */
async function setAside({ consumer }: Context, setup: LinkSetup, collection: string, error: TidegateError): Promise<void> {
  const name = { link: setup.name, collection, direction: 'forward' } as const;
  const { state } = await requireChannel(consumer, name);
  if (state !== 'stopped' && state !== 'drifted') await stopChannel(consumer, name, 'drifted', error);
}
