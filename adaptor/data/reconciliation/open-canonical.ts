import type { Pool, PoolClient } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import { type ChannelStanding, readStanding } from '../extraction/channel-standing.ts';
import { openSnapshot } from '../extraction/snapshot.ts';
import type { CollectionPlan } from '../plan.ts';
import { plannerSettings } from '../planner-settings.ts';
import { onConnection } from '../pool.ts';
import type { Fence } from '../state/epoch.ts';

/** A collection in a snapshot, to be compared. */
export interface OpenCollection {
  readonly client: PoolClient;
  readonly standing: ChannelStanding;
}

/**
 * Reads a collection of one store in one snapshot. Throws as `openSnapshot` and `readStanding` do (`link-stopped`,
 * `incarnation-changed`, `schema-drifted`, ...), and `load-incomplete` before the first delta after a load.
 */
export async function withCollection<T>(pool: Pool, fence: Fence, plan: CollectionPlan, use: (open: OpenCollection) => Promise<T>): Promise<T> {
  return onConnection(pool, async (client) => {
    const open = await openSnapshot(pool, client, fence, new Set());
    await client.query(plannerSettings('scans'));
    const standing = await readStanding(open, plan, plan.side === 'crm' ? 'forward' : 'reverse');
    const isOpen = plan.side === 'crm' ? standing.state === 'open' : standing.handedOver;
    if (!isOpen) throw new TidegateError('load-incomplete', `${plan.definition.name}: the first delta has not arrived.`, { collection: plan.definition.name });
    const result = await use({ client, standing });
    await client.query('ROLLBACK');
    return result;
  });
}

/** A type's name with its modifiers, with room for neither comments nor expressions. */
const TYPE_NAME = /^(\w+|"[\w ]+")(\.(\w+|"[\w ]+"))?( \w+)*(\(\d+(, ?-?\d+)?\))?( \w+)*(\[\])*$/;

/** Those of the given types that this store knows by their names. The names come from the other side, and become SQL. */
export async function knownTypes(client: PoolClient, types: readonly string[]): Promise<ReadonlySet<string>> {
  const row = await controlRow<{ known: string[] }>(client, 'SELECT array(SELECT t FROM unnest($1::text[]) t WHERE to_regtype(t) IS NOT NULL) AS known', [
    types.filter((type) => TYPE_NAME.test(type)),
  ]);
  return new Set(row?.known);
}
