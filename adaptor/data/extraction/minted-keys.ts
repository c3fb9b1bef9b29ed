import type { Queryable } from '../pool.ts';
import { type CollectionPlan, keyColumns } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { localKeyOfLog, membership, mintedKey, tableSql, tenantCondition } from './collection-sql.ts';
import { IN_WINDOW } from './net-effect.ts';

/** Which log rows a window holds. */
interface LogRange {
  readonly source: number;
  readonly from: string;
  readonly to: string;
}

/**
 * Records the wire keys of a window's records that were born here, before the window is sent, so that the other side's
 * answers find them again. Nothing to do where keys are shared.
 */
export async function recordMintedKeys(client: Queryable, plan: CollectionPlan, { source, from, to }: LogRange): Promise<void> {
  if (plan.binding.identity.kind === 'shared') return;
  const tenant = plan.binding.tenantColumn === undefined ? '' : ` AND l.key[1] = ${literal(plan.link.tenant)}`;
  const keys = `SELECT DISTINCT ${localKeyOfLog(plan, 'l.key')} AS local_key FROM tidegate.change_log l WHERE ${IN_WINDOW} AND l.op <> 'T'${tenant}`;
  await client.query(insertLinks(plan, keys), [source, from, to]);
}

/** Records the wire keys of all records that an initial load is about to send. */
export async function recordMintedKeysOfTable(client: Queryable, plan: CollectionPlan): Promise<void> {
  if (plan.binding.identity.kind === 'shared') return;
  const conditions = [...tenantCondition(plan), ...[membership(plan)].filter((condition) => condition !== undefined)];
  const key = `ARRAY[${keyColumns(plan)
    .map((column) => `${ident(column)}::text`)
    .join(', ')}]`;
  await client.query(
    insertLinks(plan, `SELECT ${key} AS local_key FROM ${tableSql(plan)}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`),
  );
}

function insertLinks(plan: CollectionPlan, keys: string): string {
  return `INSERT INTO tidegate.record_link (link, collection, wire_key, local_key)
    SELECT ${literal(plan.linkName)}, ${literal(plan.definition.name)}, ARRAY[${mintedKey(plan, plan.definition.name, 'k.local_key')}], k.local_key
      FROM (${keys}) k
     WHERE NOT EXISTS (SELECT FROM tidegate.record_link r WHERE r.link = ${literal(plan.linkName)}
                          AND r.collection = ${literal(plan.definition.name)} AND r.local_key = k.local_key)
    ON CONFLICT DO NOTHING`;
}
