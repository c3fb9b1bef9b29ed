import type { PoolClient } from 'pg';
import { membership, tableSql, tenantCondition } from '../extraction/collection-sql.ts';
import { type CollectionPlan, logKeyColumns } from '../plan.ts';
import { plannerSettings } from '../planner-settings.ts';
import { controlRow } from '../control-rows.ts';
import { ident } from '../quoting.ts';
import type { ChannelName } from './channel.ts';

/*
 * Records of the cloud that a new load does not name: made at the CRM after the copy that it was restored from, or deleted
 * there after the copy that the cloud was. Absence is never a delete (law 4), and nothing of them may be silent: they are
 * told of in the load's receipt, and the next order offers them to the CRM as new records.
 */

const keyOf = (plan: CollectionPlan): string =>
  `ARRAY[${logKeyColumns(plan)
    .map((column) => `t.${ident(column)}::text`)
    .join(', ')}]`;

/** The records of a collection in this store, as rows `t`. */
function recordsSql(plan: CollectionPlan): string {
  const conditions = [...tenantCondition(plan), ...[membership(plan)].filter((condition) => condition !== undefined)];
  return `(SELECT * FROM ${tableSql(plan)}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}) t`;
}

async function setTenant(client: PoolClient, plan: CollectionPlan): Promise<void> {
  await client.query(`SELECT set_config('tidegate.tenant', $1, true)`, [plan.link.tenant]);
}

/** Forgets what an earlier load did not name: a new one begins, in the caller's transaction. */
export async function forgetUnconfirmed(client: PoolClient, plan: CollectionPlan): Promise<void> {
  await client.query('DELETE FROM tidegate.unconfirmed WHERE link = $1 AND collection = $2', [plan.linkName, plan.definition.name]);
}

/**
 * Notes whether the store has any record of a collection as a new load begins. Where it has none, there is nothing that the load could
 * leave out: what users add meanwhile is in the log, and goes its own way.
 */
export async function noteBeginning(client: PoolClient, plan: CollectionPlan): Promise<void> {
  await setTenant(client, plan);
  await client.query(
    `UPDATE tidegate.channel SET began_empty = NOT EXISTS (SELECT FROM ${recordsSql(plan)}) WHERE link = $1 AND collection = $2 AND direction = 'forward'`,
    [plan.linkName, plan.definition.name],
  );
}

/** Whether the chunks of a load have to say which records they name: it is a new one, into a store that had some when it began. */
export async function isNaming(client: PoolClient, plan: CollectionPlan): Promise<boolean> {
  const row = await controlRow<{ naming: boolean }>(
    client,
    `SELECT l.generation > 1 AND NOT c.began_empty AS naming FROM tidegate.link l JOIN tidegate.channel c ON c.link = l.name
      WHERE c.link = $1 AND c.collection = $2 AND c.direction = 'forward'`,
    [plan.linkName, plan.definition.name],
  );
  return row?.naming === true;
}

/** A key of the log as chunks note it (`window_chunk.named`): of a million records, one in ten million million would be taken for another. */
export const namedHash = (key: string): string => `hash_array_extended((${key}) COLLATE "C", 0)`;

/** What the chunks of all loads of a generation have named. Chunks of a load that was broken off are here too. */
const NAMED = (
  generation: string,
): string => `SELECT h.hash FROM tidegate.window_chunk k JOIN tidegate."window" w USING (link, collection, direction, ordinal), unnest(k.named) h(hash)
       WHERE k.link = $1 AND k.collection = $2 AND k.direction = 'forward' AND w.generation = ${generation}`;

/** Whether the records that are here are just those that were named: by count and sum, for which PostgreSQL takes all processors, as it does not for a join that something is written from. */
async function isAllNamed(client: PoolClient, plan: CollectionPlan, generation: number): Promise<boolean> {
  const row = await controlRow<{ same: boolean }>(
    client,
    `SELECT here.records = named.records AND here.total IS NOT DISTINCT FROM named.total AS same
       FROM (SELECT count(*) AS records, sum(${namedHash(keyOf(plan))}) AS total FROM ${recordsSql(plan)}) here,
            (SELECT count(*) AS records, sum(hash) AS total FROM (${NAMED('$3')}) n) named`,
    [plan.linkName, plan.definition.name, generation],
  );
  return row?.same === true;
}

/**
 * At the end of a new load: what no chunk named and no user has just added is noted as unconfirmed, and written into the change
 * log as new, without a base. Gives how many records that are.
 */
export async function offerUnconfirmed(client: PoolClient, plan: CollectionPlan, generation: number): Promise<number> {
  await setTenant(client, plan);
  await client.query(plannerSettings('tables'));
  const rowCount = (await isAllNamed(client, plan, generation)) ? 0 : await noteLeftOut(client, plan, generation);
  await client.query('UPDATE tidegate.window_chunk SET named = NULL WHERE link = $1 AND collection = $2 AND named IS NOT NULL', [
    plan.linkName,
    plan.definition.name,
  ]);
  return rowCount;
}

async function noteLeftOut(client: PoolClient, plan: CollectionPlan, generation: number): Promise<number> {
  const { rowCount } = await client.query(
    `WITH source AS (SELECT id FROM tidegate.source WHERE schema_name = $3 AND table_name = $4),
     left_out AS MATERIALIZED (
       SELECT key FROM (SELECT ${keyOf(plan)} AS key FROM ${recordsSql(plan)}) here
        WHERE NOT EXISTS (SELECT FROM (${NAMED('$5')}) named WHERE named.hash = ${namedHash('here.key')})),
     noted AS (
       INSERT INTO tidegate.unconfirmed (link, collection, key)
       SELECT $1, $2, key FROM left_out
        WHERE NOT EXISTS (SELECT FROM tidegate.change_log l JOIN source s ON s.id = l.source, tidegate.channel c
                           WHERE c.link = $1 AND c.collection = $2 AND c.direction = 'reverse' AND l.key = left_out.key
                             AND l.op = 'I' AND l.origin IS NULL AND NOT coalesce(pg_visible_in_snapshot(l.xid, c.cursor), false))
       RETURNING id, key)
     INSERT INTO tidegate.change_log (source, key, op) SELECT s.id, noted.key, 'I' FROM noted, source s ORDER BY noted.id`,
    [plan.linkName, plan.definition.name, plan.binding.schema, plan.binding.table, generation],
  );
  return rowCount ?? 0;
}

const SETTLE = `
  DELETE FROM tidegate.unconfirmed u USING tidegate.channel c
   WHERE u.link = $1 AND u.collection = $2 AND c.link = u.link AND c.collection = u.collection AND c.direction = 'reverse'
     AND NOT EXISTS (SELECT FROM tidegate.source s JOIN tidegate.change_log l ON l.source = s.id
                      WHERE l.key = u.key AND l.op = 'I' AND NOT coalesce(pg_visible_in_snapshot(l.xid, c.cursor), false))`;

/** After a reverse window was receipted: what the CRM has taken or refused is not unconfirmed any more. */
export async function settleUnconfirmed(client: PoolClient, { link, collection }: ChannelName): Promise<void> {
  await client.query(SETTLE, [link, collection]);
}
