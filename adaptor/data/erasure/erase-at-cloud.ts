import type { Pool } from 'pg';
import { injectingSetting } from '../capture/capture.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { qualified } from '../quoting.ts';
import { type ErasedRecord, destroyHere } from './destroy-values.ts';
import { canonicalKey, keyCondition, logKey } from './record-keys.ts';

/** Edits of the record that no order has brought to the CRM: they would bring its values back. Deletes of it may go on their way. */
const PENDING = `
  DELETE FROM tidegate.change_log l USING tidegate.source s
   WHERE s.schema_name = $1 AND s.table_name = $2 AND l.source = s.id AND l.key = $3::text[] AND l.op IN ('I', 'U') AND l.origin IS NULL`;

/**
 * At the cloud: deletes a record by the CRM's order, however it was edited, and destroys the values that are kept of it beside.
 * Repeating it is safe. Throws `key-invalid`, `database-refused` (other records refer to it).
 */
export async function eraseAtCloud(
  pool: Pool,
  plan: CollectionPlan,
  key: readonly string[],
): Promise<{ readonly records: number; readonly changes: number; readonly quarantine: number }> {
  return inTransaction(pool, async (client) => {
    await client.query(`SELECT set_config('tidegate.tenant', $1, true), set_config('tidegate.injecting', $2, true)`, [
      plan.link.tenant,
      injectingSetting(plan.binding),
    ]);
    const local = await canonicalKey(client, plan, key);
    const { schema, table } = plan.binding;
    const { rowCount } = await client.query(`DELETE FROM ${qualified(schema, table)} t WHERE ${await keyCondition(client, plan)}`, [...local]);
    const pending = (await client.query(PENDING, [schema, table, logKey(plan, local)])).rowCount ?? 0;
    const record: ErasedRecord = { plan, local, wire: key };
    const { changes, quarantine } = await destroyHere(client, record);
    await client.query('DELETE FROM tidegate.unconfirmed WHERE link = $1 AND collection = $2 AND key = $3', [
      plan.linkName,
      plan.definition.name,
      logKey(plan, local),
    ]);
    return { records: rowCount ?? 0, changes: changes + pending, quarantine };
  });
}
