import type { Pool, PoolClient } from 'pg';
import { changeableFields } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { tableSql, tenantCondition } from '../extraction/collection-sql.ts';
import { type CollectionPlan, columnOf, logKeyColumns } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { ident } from '../quoting.ts';
import { recordAudit } from '../state/audit.ts';
import { type Fence, assertOpen } from '../state/epoch.ts';
import { BY_USERS } from './record-states.ts';

/** A record that the next order is to bring: whole as a new one (`fields` null), or some of its fields. */
export interface OfferedRecord {
  readonly key: readonly string[];
  readonly fields: readonly string[] | null;
}

/**
 * The base of an offered field: a window that there never is. Nobody knows what both sides last agreed on, so the CRM treats a
 * value that differs as a conflict, by the collection's rule, and keeps the loser.
 */
export const NO_BASE = Number.MAX_SAFE_INTEGER;

const PARTS = `
  FROM jsonb_to_recordset($1::jsonb) AS a (key text[], old jsonb)
  JOIN tidegate.source s ON s.schema_name = $2 AND s.table_name = $3
  JOIN tidegate.channel c ON c.link = $4 AND c.collection = $5 AND c.direction = 'reverse'`;

const PENDING = `SELECT FROM tidegate.change_log l WHERE l.source = s.id AND l.key = a.key AND (l.origin IS NULL OR l.op = 'R' AND l.origin = $4)
     AND NOT coalesce(pg_visible_in_snapshot(l.xid, c.cursor), false)`;

/**
 * Offers records of this cloud to the CRM with its next order: log rows, as if they had changed. What is not there, or is on
 * its way already, is left out. Gives how many were offered. Throws `field-denied` for fields that the cloud may not change,
 * `link-stopped`, `epoch-stale`.
 */
export async function offerRecords(pool: Pool, fence: Fence, plan: CollectionPlan, records: readonly OfferedRecord[]): Promise<number> {
  const returning = changeableFields(plan.definition, 'cloud').filter((name) => columnOf(plan, name) !== undefined);
  const denied = new Set(records.flatMap(({ fields }) => fields ?? []).filter((name) => !returning.includes(name)));
  if (denied.size > 0) throw new TidegateError('field-denied', [...denied].join(', '), { collection: plan.definition.name });
  const rows = records.map(({ key, fields }) => ({
    key: logKey(plan, key),
    old: fields === null ? null : Object.fromEntries(fields.map((name) => [columnOf(plan, name)?.column ?? name, null])),
  }));
  return inTransaction(pool, async (client) => {
    await begin(client, fence, plan);
    const { rowCount } = await client.query(
      `WITH offered AS (
         INSERT INTO tidegate.change_log (source, key, op, old, origin, base)
         SELECT s.id, a.key, CASE WHEN a.old IS NULL THEN 'I' ELSE 'R' END, a.old, CASE WHEN a.old IS NOT NULL THEN $4 END, CASE WHEN a.old IS NOT NULL THEN ${NO_BASE} END ${PARTS}
          WHERE NOT EXISTS (${PENDING}) AND EXISTS (SELECT FROM ${tableSql(plan)} t WHERE ${[...tenantCondition(plan, 't'), `${tableKey(plan)} = a.key`].join(' AND ')})
         RETURNING key, op), noted AS (
         INSERT INTO tidegate.unconfirmed (link, collection, key) SELECT $4, $5, key FROM offered WHERE op = 'I' ON CONFLICT DO NOTHING)
       SELECT FROM offered`,
      parameters(plan, rows),
    );
    await tell(client, fence, plan, 'records-offered', rowCount ?? 0);
    return rowCount ?? 0;
  });
}

/** Takes back offers of whole records that no order has brought; what users did with them stays. Gives how many. Throws as `offerRecords`. */
export async function withdrawOffers(pool: Pool, fence: Fence, plan: CollectionPlan, keys: readonly (readonly string[])[]): Promise<number> {
  const rows = keys.map((key) => ({ key: logKey(plan, key), old: null }));
  return inTransaction(pool, async (client) => {
    await begin(client, fence, plan);
    const { rowCount } = await client.query(
      `WITH withdrawn AS (
         DELETE FROM tidegate.unconfirmed u USING (SELECT a.key ${PARTS} WHERE NOT EXISTS (${PENDING} AND ${BY_USERS})) w
          WHERE u.link = $4 AND u.collection = $5 AND u.key = w.key RETURNING u.key), taken AS (
         DELETE FROM tidegate.change_log l USING withdrawn w, tidegate.source s, tidegate.channel c
          WHERE s.schema_name = $2 AND s.table_name = $3 AND c.link = $4 AND c.collection = $5 AND c.direction = 'reverse'
            AND l.source = s.id AND l.key = w.key AND l.op = 'I' AND l.origin IS NULL AND l.seen IS NULL AND NOT coalesce(pg_visible_in_snapshot(l.xid, c.cursor), false))
       SELECT FROM withdrawn`,
      parameters(plan, rows),
    );
    await tell(client, fence, plan, 'offers-withdrawn', rowCount ?? 0);
    return rowCount ?? 0;
  });
}

const parameters = ({ binding, linkName, definition }: CollectionPlan, rows: readonly unknown[]) => [
  JSON.stringify(rows),
  binding.schema,
  binding.table,
  linkName,
  definition.name,
];

async function begin(client: PoolClient, fence: Fence, plan: CollectionPlan): Promise<void> {
  await client.query(`SELECT set_config('tidegate.tenant', $1, true)`, [plan.link.tenant]);
  await assertOpen(client, fence);
}

async function tell(client: PoolClient, { link }: Fence, plan: CollectionPlan, event: string, records: number): Promise<void> {
  await recordAudit(client, { link, event, subject: plan.definition.name, facts: { records } });
}

const logKey = ({ binding, link }: CollectionPlan, key: readonly string[]): readonly string[] =>
  binding.tenantColumn === undefined ? key : [link.tenant, ...key];

function tableKey(plan: CollectionPlan): string {
  return `ARRAY[${logKeyColumns(plan)
    .map((column) => `t.${ident(column)}::text`)
    .join(', ')}]`;
}
