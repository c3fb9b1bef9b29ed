import type { PoolClient } from 'pg';
import { membership, tableSql, tenantCondition } from '../extraction/collection-sql.ts';
import { type CollectionPlan, logKeyColumns } from '../plan.ts';
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

/** Notes every record of a collection as unconfirmed: a new load begins, in the caller's transaction. */
export async function noteUnconfirmed(client: PoolClient, plan: CollectionPlan): Promise<void> {
  await setTenant(client, plan);
  const name = [plan.linkName, plan.definition.name];
  await client.query('DELETE FROM tidegate.unconfirmed WHERE link = $1 AND collection = $2', name);
  await client.query(`INSERT INTO tidegate.unconfirmed (link, collection, key) SELECT $1, $2, ${keyOf(plan)} FROM ${recordsSql(plan)}`, name);
}

/**
 * At the end of a new load: what no chunk named, is still there and is not on its way already is written into the change log
 * as new, without a base. Gives how many records that are.
 */
export async function offerUnconfirmed(client: PoolClient, plan: CollectionPlan): Promise<number> {
  const name = [plan.linkName, plan.definition.name];
  const left = await controlRow(client, 'SELECT FROM tidegate.unconfirmed WHERE link = $1 AND collection = $2 LIMIT 1', name);
  if (left === undefined) return 0;
  await setTenant(client, plan);
  await client.query(
    `DELETE FROM tidegate.unconfirmed u
      WHERE u.link = $1 AND u.collection = $2 AND NOT EXISTS (SELECT FROM ${recordsSql(plan)} WHERE ${keyOf(plan)} = u.key)`,
    name,
  );
  await client.query(
    `DELETE FROM tidegate.unconfirmed u USING tidegate.source s, tidegate.channel c
      WHERE u.link = $1 AND u.collection = $2 AND s.schema_name = $3 AND s.table_name = $4
        AND c.link = u.link AND c.collection = u.collection AND c.direction = 'reverse'
        AND EXISTS (SELECT FROM tidegate.change_log l WHERE l.source = s.id AND l.key = u.key AND l.op = 'I' AND l.origin IS NULL
                       AND NOT coalesce(pg_visible_in_snapshot(l.xid, c.cursor), false))`,
    [...name, plan.binding.schema, plan.binding.table],
  );
  const { rowCount } = await client.query(
    `INSERT INTO tidegate.change_log (source, key, op)
     SELECT s.id, u.key, 'I' FROM tidegate.unconfirmed u, tidegate.source s
      WHERE u.link = $1 AND u.collection = $2 AND s.schema_name = $3 AND s.table_name = $4 ORDER BY u.id`,
    [...name, plan.binding.schema, plan.binding.table],
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
