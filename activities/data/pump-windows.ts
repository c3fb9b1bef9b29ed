import { sourcesOf } from '../../adaptor/data/control/pending-collections.ts';
import { readPumpStanding } from '../../adaptor/data/control/pump-standing.ts';
import { refreshRun } from '../../adaptor/data/control/runs.ts';
import { listenForChanges } from '../../adaptor/data/extraction/listen.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { readChannels } from '../../adaptor/data/state/channel.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, type LinkSetup, linkOf } from '../link-setup.ts';
import { planCollections } from '../plans.ts';
import type { TokenReference } from '../transport/obtain-token.ts';
import { type CycleResult, forwardCycle, notifiedCycle } from './forward-cycle.ts';
import { PumpRequests } from './pump-requests.ts';
import { Wake } from './wake.ts';

/** Which link is pumped, under which epoch. */
export interface PumpInput {
  readonly link: string;
  readonly runId: string;
  readonly epoch: number;
  readonly token: TokenReference;
}

/** Why a pump ended, and what it did. */
export interface PumpResult {
  readonly end: 'windows' | 'time' | 'request' | 'paused' | 'stopped';
  readonly reason: string | null;
  readonly by: string | null;
  readonly windows: number;
  readonly rows: number;
}

/** Without any notice the pump looks after so long: notices can be lost with their connection, the log cannot. */
const IDLE_MS = 2000;

/** The run's row follows its windows after so long, in milliseconds. */
const REFRESH_MS = 2000;

/**
 * Sends changes as they are committed, until enough windows or minutes have passed, a request comes while a collection does
 * not flow (`request`: the next session registers it again), the link is paused or stopped, or the
 * activity is cancelled (after the window in hand). Throws `epoch-stale` where a later session took the link over, and
 * whatever else ends the session.
 */
export async function pumpWindows(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'registry' | 'observeWindow' | 'hooks' | 'announceApproval'>,
  { link, runId, epoch }: PumpInput,
): Promise<PumpResult> {
  const setup = linkOf(context, link);
  const told = { windows: 0, rows: 0, lagMs: 0 };
  let provenAt = Date.now();
  const beat = () => ({ ...told, lagMs: Date.now() - provenAt });
  return beating(beat, async (signal) => {
    const wake = new Wake();
    const requests = new PumpRequests(context, setup, runId);
    let isLost = false;
    const onLost = (): void => {
      isLost = true;
      wake.ring();
    };
    const changed = new Set<string>();
    const onChange = (source?: string): void => {
      if (source !== undefined) changed.add(source);
      wake.ring();
    };
    await using _listener = await listenForChanges(context.consumer, onChange, onLost);
    const plans = await flowingPlans(context, setup);
    const sources = await sourcesOf(context.consumer, plans);
    const startedAt = Date.now();
    // Loads before the pump moved records too.
    let refreshDueAt: number | undefined = startedAt;
    let notified = false;

    /** Looks at every collection, and at what else is asked of a pump: without a notice, for a request, or where the link ends it. */
    const wholeCycle = async (): Promise<CycleResult | PumpResult> => {
      const standing = await readPumpStanding(context.consumer, setup.name);
      if (standing.epoch !== epoch) throw new TidegateError('epoch-stale', `Epoch ${epoch} was overtaken by ${standing.epoch}.`, { link, epoch });
      if (standing.state !== 'open') return { end: standing.state, reason: standing.reason, by: standing.by, ...sums(told) };
      const isOn = (collection: string): boolean => !standing.switchedOff.includes(collection);
      const flowing = plans.filter(({ definition }) => isOn(definition.name));
      const wanted = setup.collections.filter(({ source }) => isOn(source.name));
      // Who asks now expects a collection that was mended or attached meanwhile to take part: the next session registers again.
      if (standing.hasNewRequests && flowing.length < wanted.length) return { end: 'request', reason: null, by: null, ...sums(told) };
      if (standing.hasRequests) await requests.claim(flowing);
      const cycle = await forwardCycle(context, { setup, plans: flowing, runId, epoch });
      for (const collection of cycle.stopped.keys()) remove(plans, collection);
      if (standing.hasRequests && !cycle.hasLater) {
        const sent = plans.filter(({ definition }) => isOn(definition.name));
        await requests.finish(new Set(sent.map(({ definition }) => definition.name)), standing.switchedOff);
      }
      return cycle;
    };

    for (;;) {
      signal.throwIfAborted();
      // The database that answers now may be an older copy: only an opening, which compares what both sides remember, tells.
      if (isLost) throw new TidegateError('database-unavailable', 'Its connection was lost; the session begins anew.', { link });
      const cycleAt = Date.now();
      const guess = new Set([...changed].flatMap((source) => sources.get(source) ?? []));
      changed.clear();
      const usual = notified ? await notifiedCycle(context, { setup, plans, runId, epoch, notified: guess }) : undefined;
      const cycle = usual ?? (await wholeCycle());
      if ('end' in cycle) return cycle;
      told.windows += cycle.windows;
      told.rows += cycle.rows;
      for (const collection of cycle.stopped.keys()) remove(plans, collection);
      const now = Date.now();
      if (cycle.windows > 0) refreshDueAt ??= now + REFRESH_MS;
      if (refreshDueAt !== undefined && now >= refreshDueAt) {
        await refreshRun(context.consumer, runId);
        refreshDueAt = undefined;
      }
      if (told.windows >= setup.pump.maxWindows) return { end: 'windows', reason: null, by: null, ...sums(told) };
      const left = startedAt + setup.pump.maxDurationMs - now;
      if (left <= 0) return { end: 'time', reason: null, by: null, ...sums(told) };
      if (cycle.hasLater) continue;
      provenAt = cycleAt;
      notified = await wake.wait(Math.min(IDLE_MS, left), signal);
      await gather(cycleAt + setup.pump.gatherMs - Date.now());
    }
  });
}

const sums = ({ windows, rows }: { windows: number; rows: number }) => ({ windows, rows });

/** After a pause the first change goes at once; changes in quick succession share windows. */
async function gather(waitMs: number): Promise<void> {
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** Plans of the collections that are loaded, parents first. */
async function flowingPlans({ consumer }: Pick<ActivityContext, 'consumer'>, setup: LinkSetup): Promise<CollectionPlan[]> {
  const planned = await planCollections(consumer, setup);
  const channels = await readChannels(consumer, setup.name);
  const flows = (collection: string) =>
    channels.some(
      (channel) => channel.collection === collection && channel.direction === 'forward' && (channel.state === 'loaded' || channel.state === 'open'),
    );
  return planned.flatMap(({ plan }) => (plan !== undefined && flows(plan.definition.name) ? [plan] : []));
}

function remove(plans: CollectionPlan[], collection: string): void {
  const at = plans.findIndex(({ definition }) => definition.name === collection);
  if (at >= 0) plans.splice(at, 1);
}
