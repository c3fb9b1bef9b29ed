import type { Pool } from 'pg';
import type { Side } from '../../../exchange/names.ts';
import { inBatches } from './in-batches.ts';
import type { Retention } from './retention.ts';

/** A kind of row that is done with some day: it goes, or its values do. */
interface Kind {
  readonly table: string;
  /** The side that keeps such rows; absent: both. */
  readonly side?: Side;
  /** `past`: as soon as that moment is over. */
  readonly age: 'valueMs' | 'historyMs' | 'past';
  /** Columns that are emptied; absent: the row goes. */
  readonly emptied?: string;
  /** When it was done with, as SQL; null while it is not. */
  readonly doneAt: string;
  /** What else has to be so. */
  readonly only?: string;
}

/** Kinds by the name under which they are counted. */
const KINDS = {
  conflictValues: {
    table: 'conflict',
    age: 'valueMs',
    emptied: 'crm_value = NULL, cloud_value = NULL, values_gone = true',
    doneAt: `CASE WHEN outcome <> 'review' THEN coalesce(decided_at, created_at) END`,
    only: 'NOT values_gone',
  },
  quarantineValues: {
    table: 'quarantine',
    age: 'valueMs',
    emptied: `record = '{}'`,
    doneAt: 'resolved_at',
    only: `state <> 'waiting' AND record <> '{}'`,
  },
  releaseValues: {
    table: 'release',
    side: 'crm',
    age: 'valueMs',
    emptied: '"values" = NULL',
    doneAt: 'finished_at',
    only: `state IN ('applied', 'refused') AND "values" IS NOT NULL`,
  },
  conflicts: { table: 'conflict', age: 'historyMs', doneAt: `CASE WHEN outcome <> 'review' THEN coalesce(decided_at, created_at) END` },
  quarantine: { table: 'quarantine', age: 'historyMs', doneAt: `CASE WHEN state <> 'waiting' THEN resolved_at END` },
  runs: { table: 'run', side: 'crm', age: 'historyMs', doneAt: `CASE WHEN state <> 'running' THEN finished_at END` },
  requests: { table: 'sync_request', side: 'crm', age: 'historyMs', doneAt: `CASE WHEN state IN ('done', 'failed') THEN finished_at END` },
  approvals: {
    table: 'approval',
    side: 'crm',
    age: 'historyMs',
    doneAt: `CASE WHEN state <> 'waiting' AND (state <> 'approved' OR bound_to IS NOT NULL) THEN coalesce(decided_at, created_at) END`,
  },
  // A plan names its end itself. What was set down for a decision that is made or was given up is written, or nobody can have it written.
  plans: { table: 'plan', side: 'crm', age: 'past', doneAt: 'expires_at' },
  heldWindows: {
    table: 'held_window',
    side: 'crm',
    age: 'valueMs',
    doneAt: 'held_at',
    only: `NOT EXISTS (SELECT FROM tidegate.approval a WHERE a.batch_id = t.batch_id AND a.used_at IS NULL AND a.state IN ('waiting', 'approved'))`,
  },
  undos: {
    table: 'undo',
    side: 'crm',
    age: 'historyMs',
    doneAt: 'created_at',
    only: `NOT EXISTS (SELECT FROM tidegate.release r WHERE r.act = 'undo' AND r.subject = t.id AND r.state IN ('asked', 'signed'))`,
  },
  reconciliations: {
    table: 'reconciliation',
    side: 'crm',
    age: 'historyMs',
    doneAt: `CASE WHEN state IN ('completed', 'failed') THEN finished_at END`,
  },
  // What came in under a message is attributed to it for as long as the ledger says so.
  messages: {
    table: 'reverse_message',
    age: 'historyMs',
    doneAt: `CASE WHEN state IN ('spent', 'expired', 'refused') THEN coalesce(finished_at, expires_at) END`,
    only: `NOT EXISTS (SELECT FROM tidegate.ledger_batch b WHERE b.message_id = t.id AND b.entries > 0)`,
  },
} as const satisfies Record<string, Kind>;

/** A kind of history. */
export type HistoryKind = keyof typeof KINDS;

function statement({ table, emptied, doneAt, only = 'true' }: Kind): string {
  const old = `t.ctid = ANY (ARRAY(SELECT t.ctid FROM tidegate."${table}" t
    WHERE (${doneAt}) < now() - make_interval(secs => $1::float8 / 1000) AND ${only} LIMIT $2::int))`;
  return emptied === undefined ? `DELETE FROM tidegate."${table}" t WHERE ${old}` : `UPDATE tidegate."${table}" t SET ${emptied} WHERE ${old}`;
}

/** Takes away what was decided or ended long enough ago: values first, rows later. Gives the number of each kind. */
export async function pruneHistory(
  pool: Pool,
  side: Side,
  retention: Pick<Retention, 'valueMs' | 'historyMs' | 'batchRows'>,
): Promise<Readonly<Partial<Record<HistoryKind, number>>>> {
  const taken: [HistoryKind, number][] = [];
  for (const [name, kind] of Object.entries(KINDS) as [HistoryKind, Kind][]) {
    if (kind.side !== undefined && kind.side !== side) continue;
    const rows = await inBatches(pool, async (client) => {
      const { rowCount } = await client.query(statement(kind), [kind.age === 'past' ? 0 : retention[kind.age], retention.batchRows]);
      return { rows: rowCount ?? 0, more: rowCount === retention.batchRows };
    });
    taken.push([name, rows]);
  }
  return Object.fromEntries(taken);
}
