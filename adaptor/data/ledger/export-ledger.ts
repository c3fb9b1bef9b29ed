import type { Pool } from 'pg';
import { controlRows } from '../control-rows.ts';
import { connect } from '../pool.ts';
import { readChainState } from './chain-state.ts';

/** The first line of an export: to which store it belongs, and what the chain begins with, in hex. */
export interface ExportHeading {
  readonly store: string;
  readonly genesis: string;
  readonly sequence: number;
  readonly head: string;
}

/** A batch as it is exported: the very texts that were hashed. */
export interface ExportedBatch {
  readonly sequence: number;
  readonly text: string;
  /** In hex. */
  readonly head: string;
  readonly entries: readonly ExportedEntry[];
}

/** An entry. The values, their text as it was hashed, and the salt in hex: only where they are asked for, and kept. */
export interface ExportedEntry {
  readonly text: string;
  readonly salt?: string | null;
  readonly before?: string | null;
  readonly after?: string | null;
}

const BATCHES = `
  select b.sequence, tidegate.ledger_batch_text(b) as text, encode(b.head, 'hex') as head,
         coalesce((select json_agg(json_build_object('text', tidegate.ledger_entry_text(e))::jsonb || case when $3
                     then jsonb_build_object('salt', encode(e.salt, 'hex'), 'before', e.before::text, 'after', e.after::text) else '{}' end order by e.id)
                     from tidegate.ledger_entry e where e.batch_id = b.batch_id), '[]') as entries
    from tidegate.ledger_batch b where b.sequence between $1 and $2 order by b.sequence`;

/** Batches that one statement reads. */
const RANGE = 20;

/** The whole ledger as of one moment: its heading, then batch by batch in order. Values only where they are asked for. */
export async function* exportLedger(pool: Pool, withValues: boolean): AsyncGenerator<ExportHeading | ExportedBatch> {
  const client = await connect(pool);
  try {
    await client.query('begin isolation level repeatable read read only');
    const { store, sequence, head } = await readChainState(client);
    const [row] = await controlRows<{ genesis: string }>(client, `select encode(tidegate.ledger_genesis(), 'hex') as genesis`);
    yield { store, genesis: row?.genesis ?? '', sequence, head };
    for (let from = 1; from <= sequence; from += RANGE) yield* await controlRows<ExportedBatch>(client, BATCHES, [from, from + RANGE - 1, withValues]);
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}
