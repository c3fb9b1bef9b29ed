import type { Pool } from 'pg';
import { controlRows } from '../control-rows.ts';
import { destroyValues } from '../ledger/destroy-values.ts';
import { inBatches } from './in-batches.ts';
import type { Retention } from './retention.ts';

const OLD = `
  SELECT id FROM tidegate.ledger_entry
   WHERE salt IS NOT NULL AND created_at < now() - make_interval(secs => $1::float8 / 1000) ORDER BY id LIMIT $2::int`;

/** Destroys values of ledger entries that are older than `valueMs`; the entries stay, and the chain holds. Gives their number. */
export async function pruneLedgerValues(pool: Pool, { valueMs, batchRows }: Pick<Retention, 'valueMs' | 'batchRows'>): Promise<number> {
  return inBatches(pool, async (client) => {
    const entries = (await controlRows<{ id: number }>(client, OLD, [valueMs, batchRows])).map(({ id }) => id);
    return { rows: await destroyValues(client, { entries, by: 'tidegate', reason: 'retention' }), more: entries.length === batchRows };
  });
}
