import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { writeRequest } from '../../adaptor/data/control/sync-requests.ts';
import { requireErasure } from '../../adaptor/data/erasure/erasures.ts';
import { requireLink } from '../../adaptor/data/state/link.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, type LinkSetup, collectionOf, linkOf } from '../link-setup.ts';
import type { ErasureInput } from './begin-erasure.ts';

const POLL_MS = 250;

/** What this activity needs beside the rest. */
export interface ChainContext extends ActivityContext {
  readonly ensureForwardChain: (link: string) => Promise<unknown>;
}

/** Whether the cloud has everything of a record that was logged before; a collection that was never loaded has nothing to tell. */
const TOLD = `
  SELECT c.state, NOT EXISTS (
           SELECT FROM tidegate.change_log g JOIN tidegate.source s ON s.id = g.source
            WHERE s.schema_name = $3 AND s.table_name = $4 AND g.key = $5::text[] AND NOT pg_visible_in_snapshot(g.xid, c.cursor)) AS told
    FROM tidegate.channel c WHERE c.link = $1 AND c.collection = $2 AND c.direction = 'forward'`;

/** Orders of a link that were signed and have not ended: a window of theirs may hold the record still. */
const OPEN_ORDERS = `
  SELECT m.id FROM tidegate.reverse_message m JOIN tidegate.reverse_message_collection o ON o.message_id = m.id
   WHERE m.link = $1 AND o.collection = $2 AND m.state IN ('signed', 'open') AND m.expires_at > now()`;

/**
 * Waits until the cloud was told of all that happened to a record, by receipted windows: no window that is under way may bring
 * its values there afterwards. Throws `link-stopped`, `collection-stopped`.
 */
export async function awaitForwarded(context: Pick<ChainContext, 'links' | 'consumer' | 'ensureForwardChain'>, { link, erasure }: ErasureInput): Promise<void> {
  const { consumer } = context;
  const setup = linkOf(context, link);
  const { collection, key, wireKey, requestedBy } = await requireErasure(consumer, link, erasure);
  const { schema, table } = collectionOf(setup, collection).source;
  const isTold = async (): Promise<boolean> => {
    const row = await controlRow<{ state: string; told: boolean }>(consumer, TOLD, [link, collection, schema, table, key]);
    if (row === undefined || row.told || wireKey === null) return true;
    if (row.state === 'stopped' || row.state === 'drifted') throw new TidegateError('collection-stopped', `${collection} is ${row.state}.`, { collection });
    await assertLinkOpen(consumer, setup);
    return false;
  };
  if (await isTold()) return;
  const records = [{ collection, key }];
  await writeRequest(consumer, { link, direction: 'forward', cause: 'repair', collections: [], records, requestedBy, reason: `Erasure ${erasure}.` });
  await context.ensureForwardChain(link);
  await poll(isTold);
}

/**
 * Waits until no order is open that is open now: a window of one may be on its way. Which these are is asked once, and not told by
 * when they were signed: that is the worker's clock, which need not be the store's.
 */
export async function awaitReceived({ consumer }: Pick<ActivityContext, 'consumer'>, { link, erasure }: ErasureInput): Promise<void> {
  const { collection } = await requireErasure(consumer, link, erasure);
  const openOrders = async () => (await controlRows<{ id: string }>(consumer, OPEN_ORDERS, [link, collection])).map(({ id }) => id);
  const before = new Set(await openOrders());
  await poll(async () => !(await openOrders()).some((id) => before.has(id)));
}

async function assertLinkOpen(consumer: Pool, { name }: LinkSetup): Promise<void> {
  const { state } = await requireLink(consumer, name);
  if (state !== 'open') throw new TidegateError('link-stopped', `It is ${state}.`, { link: name, state });
}

async function poll(isDone: () => Promise<boolean>): Promise<void> {
  await beating(
    () => ({ waitsFor: 'windows' }),
    async (signal) => {
      while (!(await isDone())) await sleep(POLL_MS, undefined, { signal });
    },
  );
}
