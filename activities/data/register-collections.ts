import { readAllowance, reopenApproved } from '../../adaptor/data/control/approvals.ts';
import { countRecords } from '../../adaptor/data/control/count-records.ts';
import { readSwitchedOff } from '../../adaptor/data/control/sync-options.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { readRegistration, storeRegistration, uncapturedColumns } from '../../adaptor/data/control/registrations.ts';
import { followMapping, loadedFrom } from '../../adaptor/data/extraction/follow-mapping.ts';
import { resendResealed } from '../../adaptor/data/sealing/resend-sealed.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { type Queryable, inTransaction } from '../../adaptor/data/pool.ts';
import {
  type ChannelRow,
  type ChannelState,
  type StopReason,
  ensureChannels,
  reopenChannel,
  requireChannel,
  setSchemaHash,
  stopChannel,
} from '../../adaptor/data/state/channel.ts';
import { assertOpen } from '../../adaptor/data/state/epoch.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, type LinkSetup, collectionOf, linkOf } from '../link-setup.ts';
import type { PlannedCollection } from '../../adaptor/data/plan-collections.ts';
import { planCollections } from '../plans.ts';
import type { TokenReference } from '../transport/obtain-token.ts';
import { raiseAndAnnounce } from './raise-breach.ts';
import { definitionDrift } from './definition-drift.ts';

/** Which link registers its collections. */
export interface RegisterCollectionsInput {
  readonly link: string;
  readonly runId: string;
  readonly epoch: number;
  readonly token: TokenReference;
}

/** A collection and how far its forward channel is. */
export interface ChannelStanding {
  readonly collection: string;
  readonly state: ChannelState;
  /** Why it is drifted or stopped. */
  readonly reason: string | null;
}

type Context = Pick<ActivityContext, 'links' | 'consumer' | 'registry' | 'announceApproval'>;

/**
 * Registers every collection of the link at the cloud, signed, and verifies the signed answers. A collection whose table
 * drifted or is not attached is set aside with the reason; it goes on by itself once that is mended. Others go on. One that
 * is switched off is not registered, and so not loaded, before somebody switches it on. Throws
 * `epoch-stale` where a later run took the link over: an older definition is registered at neither side.
 */
export async function registerCollections(
  context: Context,
  { link, runId, epoch }: RegisterCollectionsInput,
): Promise<{ readonly collections: readonly ChannelStanding[] }> {
  const setup = linkOf(context, link);
  await reopenApproved(context.consumer, setup.name, 'forward');
  const switchedOff = await readSwitchedOff(context.consumer, setup.name, 'forward');
  const planned = (await planCollections(context.consumer, setup)).filter(({ collection }) => !switchedOff.has(collection));
  await inTransaction(context.consumer, async (client) => {
    await assertOpen(client, { link: setup.name, epoch });
    await ensureChannels(
      client,
      setup.name,
      planned.map(({ collection }) => collection),
    );
  });
  const collections: ChannelStanding[] = [];
  for (const one of planned) {
    const standing = await registerOne(context, setup, one, epoch);
    const held = standing.state === 'new' && one.plan !== undefined ? await holdLoad(context, { setup, plan: one.plan, runId, epoch }) : undefined;
    collections.push(held ?? standing);
  }
  return { collections };
}

async function registerOne(context: Context, setup: LinkSetup, { collection, plan, fault }: PlannedCollection, epoch: number): Promise<ChannelStanding> {
  const name = { link: setup.name, collection, direction: 'forward' } as const;
  const fenced = (write: (client: Queryable) => Promise<void>): Promise<void> =>
    inTransaction(context.consumer, async (client) => {
      await assertOpen(client, { link: setup.name, epoch });
      await write(client);
    });
  const channel = await requireChannel(context.consumer, name);
  if (channel.state === 'stopped') return { collection, state: channel.state, reason: channel.stateReason };
  const drifted = async (why: StopReason): Promise<ChannelStanding> => {
    await fenced((client) => stopChannel(client, name, 'drifted', why));
    return { collection, state: 'drifted', reason: why.message };
  };
  if (plan === undefined) return drifted(fault ?? new TidegateError('schema-drifted', 'It cannot be planned.'));
  const drift = await findDrift(context, channel, plan);
  if (drift !== undefined) return drifted(drift);
  await register(context, setup, plan, epoch, channel);
  if (channel.state === 'drifted') await fenced((client) => reopenChannel(client, name));
  const { state, stateReason } = await requireChannel(context.consumer, name);
  return { collection, state, reason: stateReason };
}

/** Stops a collection before its load where a user is asked first; undefined where it may be loaded. Nothing of it has been sent. */
async function holdLoad(
  context: Context,
  { setup, plan, runId, epoch }: { readonly setup: LinkSetup; readonly plan: CollectionPlan; readonly runId: string; readonly epoch: number },
): Promise<ChannelStanding | undefined> {
  const { consumer } = context;
  const collection = plan.definition.name;
  const { approval } = collectionOf(setup, collection);
  const { generation } = await assertOpen(consumer, { link: setup.name, epoch });
  const kind = generation > 1 ? 'reconnect' : 'first-load';
  if (!(kind === 'reconnect' ? approval.reconnect : approval.firstLoad)) return undefined;
  if ((await readAllowance(consumer, setup.name, collection, 'forward'))?.kind === kind) return undefined;
  const records = await countRecords(consumer, plan);
  const counts = { changes: records, deletes: 0, changeBudget: null, deleteBudget: 0, records, batchId: null };
  const breach = { link: setup.name, collection, direction: 'forward', runId, kind, code: 'load-needs-approval', ...counts } as const;
  const { message } = await raiseAndAnnounce(context, breach, { ask: true, validMs: setup.approvals.validMs });
  return { collection, state: 'stopped', reason: message };
}

/** What is wrong with a collection's table; undefined where nothing is. */
async function findDrift({ consumer }: Context, channel: ChannelRow, plan: CollectionPlan): Promise<StopReason | undefined> {
  const missing = await uncapturedColumns(consumer, plan);
  const table = `${plan.binding.schema}.${plan.binding.table}`;
  if (missing.length > 0) return { code: 'schema-drifted', message: `${table} is not attached with the column(s) ${missing.join(', ')} (tidegate attach).` };
  const from = await loadedFrom(consumer, plan);
  if (from !== undefined)
    return new TidegateError(
      'schema-drifted',
      `It was loaded from ${from} and is read from ${table} now: only an approved new load goes on (tidegate resume --reload).`,
    );
  // Before a load of everything, any definition may take the place of the last one.
  if (channel.schemaHash === null || channel.cursor === null || channel.schemaHash === plan.schemaHash) return undefined;
  const registered = await readRegistration(consumer, plan.linkName, plan.definition.name, channel.schemaHash);
  const drift = registered === undefined ? [] : definitionDrift(registered, plan.definition);
  return drift.length === 0 ? undefined : new TidegateError('schema-drifted', `${drift.join('; ')}.`);
}

async function register(
  { consumer, registry }: Context,
  { identity, name, signingKey, producer }: LinkSetup,
  plan: CollectionPlan,
  epoch: number,
  channel: ChannelRow,
): Promise<void> {
  const collection = plan.definition.name;
  const before = channel.cursor === null || channel.schemaHash === null ? undefined : await readRegistration(consumer, name, collection, channel.schemaHash);
  const jws = await issue(signingKey, 'registration', { ...identityClaims(identity), epoch, definition: plan.definition, hash: plan.schemaHash });
  const answer = await producer.register(collection, jws);
  const { claims } = await verify(answer, 'registrationAnswer', { registry, audience: partyId('crm', identity) });
  if (claims.collection !== collection || claims.hash !== plan.schemaHash)
    throw new TidegateError('batch-refused', 'The answer is for another registration.', { collection });
  await inTransaction(consumer, async (client) => {
    await assertOpen(client, { link: name, epoch });
    if (before !== undefined && plan.schemaHash !== channel.schemaHash) await resendResealed(client, plan, before);
    await followMapping(client, plan);
    await storeRegistration(client, plan, jws, { jws: answer, rowForms: claims.rowForms ?? ['csv'] });
    await setSchemaHash(client, name, collection, plan.schemaHash);
  });
}

function identityClaims({ tenant, environment, link }: LinkSetup['identity']) {
  return { tenant, environment, link };
}
