import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { readAllowance } from '../../adaptor/data/control/approvals.ts';
import { shareOfRecords } from '../../adaptor/data/control/count-records.ts';
import { NOTHING, planForward } from '../../adaptor/data/planning/plan-forward.ts';
import { planReverse } from '../../adaptor/data/planning/plan-reverse.ts';
import { type CollectionForecast, type PlannedDifference, failPlan, finishPlan, requirePlan } from '../../adaptor/data/planning/plan-rows.ts';
import type { PlannedCollection } from '../../adaptor/data/plan-collections.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { openRows } from '../../adaptor/data/sealing/open-rows.ts';
import { readChannels } from '../../adaptor/data/state/channel.ts';
import { readLink, requireLink } from '../../adaptor/data/state/link.ts';
import { previewUndo } from '../../adaptor/data/undo/preview-undo.ts';
import { type ManifestClaims, partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { orderOf, whyClosed, withinBudgets } from '../auth/reverse-orders.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, type LinkSetup, collectionOf, linkOf } from '../link-setup.ts';
import { planCollections } from '../plans.ts';
import { whyLoadWaits, whyOrderWaits, whyWindowWaits } from './why-waits.ts';

export type { CollectionForecast } from '../../adaptor/data/planning/plan-rows.ts';

/** Which plan is worked out. */
export interface ComputePlanInput {
  readonly link: string;
  readonly planId: string;
}

/** Counts only: differences stay in the CRM's rows. */
export interface ComputedPlan {
  readonly collections: readonly CollectionForecast[];
  /** Whether it is of the undo of a run. */
  readonly undo?: boolean;
}

type Context = Pick<ActivityContext, 'links' | 'consumer' | 'reverse' | 'registry'>;

interface Found {
  readonly forecast: CollectionForecast;
  readonly differences: readonly PlannedDifference[];
}

/**
 * Works out what a run would do, collection by collection, and changes nothing in either store: forward from the CRM's own log,
 * reverse from what the cloud shows for a signed preview, an undo from the ledger. Keeps the result for an hour. Throws
 * `record-not-found`, `link-stopped`, `collection-unknown`, `undo-too-large`, or as the producer does.
 */
export async function computePlan(context: Context, { link, planId }: ComputePlanInput): Promise<ComputedPlan> {
  const setup = linkOf(context, link);
  const { direction, collections, sample, run, requestedBy, result } = await requirePlan(context.consumer, link, planId);
  if (result !== null) return { collections: result, undo: run !== null };
  const planned = await planCollections(context.consumer, setup);
  for (const name of collections) collectionOf(setup, name);
  const wanted = planned.filter(({ collection }) => collections.length === 0 || collections.includes(collection));
  const found = await beating(
    () => ({ planId }),
    async (signal): Promise<readonly Found[]> => {
      if (run !== null)
        return previewUndo(
          context.consumer,
          planned.flatMap(({ plan }) => plan ?? []),
          { link, run, requestedBy },
          sample,
        );
      const each: Found[] = [];
      for (const one of wanted)
        each.push(direction === 'forward' ? await forwardOf(context, setup, one, sample) : await reverseOf(context, setup, one, sample, signal));
      return each;
    },
  );
  const forecasts = found.map(({ forecast }) => forecast);
  await inTransaction(context.consumer, (client) =>
    finishPlan(client, planId, { result: forecasts, differences: found.flatMap(({ differences }) => differences) }),
  );
  return { collections: forecasts, undo: run !== null };
}

/** Notes why a plan could not be worked out. */
export async function closePlan({ consumer }: Context, { planId, code }: { readonly planId: string; readonly code: string }): Promise<void> {
  await failPlan(consumer, planId, code);
}

async function forwardOf({ consumer }: Context, setup: LinkSetup, { collection, plan }: PlannedCollection, sample: number): Promise<Found> {
  if (plan === undefined) return closed(collection, 'schema-drifted');
  const { forecast, differences, load, truncated } = await planForward(consumer, plan, sample);
  const { deleteBudget, changeShare, approval } = collectionOf(setup, collection);
  const generation = (await readLink(consumer, setup.name))?.generation ?? 1;
  const allowance = await readAllowance(consumer, setup.name, collection, 'forward');
  const { budget } = await shareOfRecords(consumer, plan, changeShare.forward);
  const { insert, update, delete: deletes } = forecast;
  const waits = load
    ? whyLoadWaits(generation, approval, allowance)
    : whyWindowWaits({ changes: insert + update + deletes, deletes, truncated }, { deleteBudget: deleteBudget.forward, changeBudget: budget }, allowance);
  return { forecast: { ...forecast, waits }, differences };
}

async function reverseOf(context: Context, setup: LinkSetup, planned: PlannedCollection, sample: number, signal: AbortSignal): Promise<Found> {
  const { consumer, registry, reverse } = context;
  const { collection } = planned;
  const channels = await readChannels(consumer, setup.name);
  const orderable = orderOf(setup, planned, channels);
  if (orderable === undefined) return closed(collection, whyClosed(planned, channels) ?? 'field-not-authorised');
  const { plan } = orderable;
  const order = await withinBudgets(consumer, setup, orderable);
  const { epoch, generation, state } = await requireLink(consumer, setup.name);
  if (state !== 'open') throw new TidegateError('link-stopped', `It is ${state}.`, { link: setup.name, state });
  const { tenant, environment, link } = setup.identity;
  const message = await issue(setup.signingKey, 'preview', { tenant, environment, link, epoch, generation, orders: [order] });
  let manifest: ManifestClaims | undefined;
  const verifyManifest = async (jws: string) => {
    const { claims } = await verify(jws, 'manifest', { registry, audience: partyId('crm', setup.identity), issuerSide: 'cloud' });
    if (claims.kind !== 'preview' || claims.collection !== collection)
      throw new TidegateError('batch-refused', 'It is no preview of this collection.', { collection });
    manifest = claims;
    return { claims, jws };
  };
  const body = await setup.producer.fetchPreview({ collection, message, verify: verifyManifest, signal });
  if (body === undefined) return { forecast: { collection, ...NOTHING }, differences: [] };
  const proved = async () => void (await body.manifest());
  const receiptedOrdinal = channels.find((one) => one.collection === collection && one.direction === 'forward')?.ordinal ?? 0;
  const rows = openRows(body.rows, { pool: consumer, plan, cipher: setup.cipher, receiptedOrdinal });
  const { forecast, differences } = await planReverse(reverse, { plan, order, rows, proved, sample });
  const { filtered = 0, following } = manifest ?? {};
  const waits = manifest === undefined ? null : whyOrderWaits(order, manifest);
  return { forecast: { ...forecast, filtered, following: following?.rows ?? 0, waits }, differences };
}

const closed = (collection: string, code: string): Found => ({ forecast: { collection, ...NOTHING, code }, differences: [] });
