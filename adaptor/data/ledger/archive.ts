import type { Pool } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { LedgerFault } from '../../../exchange/ledger.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import type { ExportRange } from './export-ledger.ts';
import type { VerifiedExport } from './verify-export.ts';

/* Entries of long ago leave the database for a file. Their batches stay, so the chain holds, and the file can be proved against it. */

const RANGE = `
  with kept as (
    select min(b.sequence) as first from tidegate.ledger_batch b join tidegate.ledger_entry e using (batch_id) where e.salt is not null),
  archived as (
    select coalesce(max((facts ->> 'upTo')::bigint), 0) as up_to from tidegate.ledger_batch where kind = 'archived')
  select archived.up_to + 1 as "from", max(h.sequence) as "upTo"
    from archived cross join kept join tidegate.ledger_head h on h.sequence > archived.up_to and h.sequence < coalesce(kept.first, h.sequence + 1)
    join tidegate.ledger_batch b using (sequence, head)
   where b.sealed_at < $1
   group by archived.up_to`;

/**
 * The batches that an archive would hold: from the last archive up to the newest signed head before a moment, behind which no values
 * are kept. Throws `bad-request` where there are none.
 */
export async function archiveRange(client: Queryable, before: Date): Promise<ExportRange> {
  const range = await controlRow<ExportRange>(client, RANGE, [before]);
  if (range === undefined)
    throw new TidegateError('bad-request', 'There is nothing to archive: no head was signed so long ago, or values of that time are still kept (retention).');
  return range;
}

/** Who takes entries out, why, and the SHA-256 of the file that holds them, in hex. The reason stays in the chain: no record content. */
export interface ArchiveAct {
  readonly upTo: number;
  readonly file: string;
  readonly by: string;
  readonly reason: string;
}

/** Takes the archived entries away, as the owner of the control plane; the act becomes a batch of the chain. Gives their number. */
export async function archiveEntries(owner: Pool, { upTo, file, by, reason }: ArchiveAct): Promise<number> {
  const row = await controlRow<{ entries: number }>(owner, 'select tidegate.archive_ledger_entries($1, $2, $3, $4) as entries', [upTo, file, by, reason]);
  return row?.entries ?? 0;
}

const FITS = `
  select exists (select from tidegate.ledger_batch where kind = 'archived' and (facts ->> 'upTo')::bigint = $2 and facts ->> 'file' = $5) as known,
         (select id::text from tidegate.store) = $6 and exists (select from tidegate.ledger_batch where sequence = $2 and head = decode($4, 'hex'))
           and coalesce((select encode(head, 'hex') from tidegate.ledger_batch where sequence = $1 - 1), encode(tidegate.ledger_genesis(), 'hex')) = $3 as fits`;

/** What is wrong with an archive beside a ledger that was verified: undefined where it is the one that was taken out, and fits the chain. */
export async function archiveFault(client: Queryable, name: string, file: string, archive: VerifiedExport): Promise<LedgerFault | undefined> {
  const { store, genesis, from, sequence, head, without } = archive;
  const found = await controlRow<{ known: boolean; fits: boolean }>(client, FITS, [from, sequence, genesis, head, file, store]);
  if (found?.known === true && found.fits && without === 0) return undefined;
  return { fault: 'archive-altered', sequence, subject: name };
}
