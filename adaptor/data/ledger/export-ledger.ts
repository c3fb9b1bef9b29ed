import type { Pool } from 'pg';
import { controlRows } from '../control-rows.ts';
import { connect } from '../pool.ts';
import { readChainState } from './chain-state.ts';

/** The first line of an export: to which store it belongs, and what its part of the chain begins with, in hex. */
export interface ExportHeading {
  readonly store: string;
  /** Head before the first batch: of the whole ledger, what the chain begins with. */
  readonly genesis: string;
  /** The first batch. */
  readonly from: number;
  /** The last batch, and its head. */
  readonly sequence: number;
  readonly head: string;
}

/** A part of the chain; without it, all. */
export interface ExportRange {
  readonly from: number;
  readonly upTo: number;
}

/** A batch as it is exported: the very texts that were hashed. */
export interface ExportedBatch {
  readonly sequence: number;
  readonly text: string;
  /** In hex. */
  readonly head: string;
  /** None where they are in an archive. */
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

const HEADING = `
  select (select id from tidegate.store) as store, $1::bigint as "from", $2::bigint as sequence,
         encode(coalesce((select head from tidegate.ledger_batch where sequence = $1::bigint - 1), tidegate.ledger_genesis()), 'hex') as genesis,
         encode(coalesce((select head from tidegate.ledger_batch where sequence = $2::bigint), tidegate.ledger_genesis()), 'hex') as head`;

/** The ledger as of one moment: its heading, then batch by batch in order. Values only where they are asked for. */
export async function* exportLedger(pool: Pool, withValues: boolean, range?: ExportRange): AsyncGenerator<ExportHeading | ExportedBatch> {
  const client = await connect(pool);
  try {
    await client.query('begin isolation level repeatable read read only');
    const { from: first, upTo } = range ?? { from: 1, upTo: (await readChainState(client)).sequence };
    yield* await controlRows<ExportHeading>(client, HEADING, [first, upTo]);
    for (let from = first; from <= upTo; from += RANGE)
      yield* await controlRows<ExportedBatch>(client, BATCHES, [from, Math.min(from + RANGE - 1, upTo), withValues]);
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}
