import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/* All that an undo reads of the ledger. Values are text of the CRM's columns, as they were. */

/** One entry of the ledger: what a run did to a record. */
export interface LedgerValues {
  readonly id: number;
  readonly collection: string;
  /** On the wire. */
  readonly key: readonly string[];
  readonly op: 'I' | 'U' | 'D';
  readonly batchId: string;
  /** Field -> text; null where there was no record, or the values were destroyed. */
  readonly before: Readonly<Record<string, string | null>> | null;
  readonly after: Readonly<Record<string, string | null>> | null;
}

const READ = `
  SELECT id, collection, key, op, batch_id AS "batchId", before, after FROM tidegate.ledger_entry
   WHERE link = $1 AND (run_id = $2 OR run_id LIKE $2 || '/%') ORDER BY id LIMIT $3`;

/** Entries of a run (its id, or a workflow id), in the order in which they were written; at most `limit`. */
export async function readLedgerValues(client: Queryable, link: string, run: string, limit: number): Promise<readonly LedgerValues[]> {
  return controlRows<LedgerValues>(client, READ, [link, run, limit]);
}

/** SQL: whether a record (link $1, collection $2, key `e.key`) has an entry after `e.last_id`. */
export const LATER_ENTRY = `EXISTS (SELECT FROM tidegate.ledger_entry l WHERE l.link = $1 AND l.collection = $2 AND l.key = e.key AND l.id > e.last_id)`;
