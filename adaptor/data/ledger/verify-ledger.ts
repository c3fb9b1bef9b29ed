import type { Pool } from 'pg';
import { LEDGER_FAULTS, type LedgerFault, type LedgerHeadClaims } from '../../../exchange/ledger.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import { type Queryable, inTransaction } from '../pool.ts';
import { type ChainState, readChainState } from './chain-state.ts';
import { WHOLE_CHECKS, RANGE_CHECKS } from './find-faults.ts';

/** What a verification found. */
export interface LedgerVerification extends ChainState {
  readonly batches: number;
  readonly entries: number;
  /** Entries whose values were destroyed. */
  readonly destroyed: number;
  /** Entries that were taken out into archives. */
  readonly archived: number;
  /** Signed heads that the chain agrees with. */
  readonly heads: number;
  /** Of the newest of them; 0 where there is none. Later batches are proved by nothing but themselves. */
  readonly signedUpTo: number;
  /** Empty: the ledger is what was written. At most `MAX_FAULTS` of each kind of check. */
  readonly faults: readonly LedgerFault[];
}

/** A signed head as it was read: its claims, or null where it does not hold. */
export interface ReadHead {
  /** What to call it in a fault. */
  readonly name: string;
  readonly claims: LedgerHeadClaims | null;
}

/** Faults of one kind of check that are named; more do not tell more. */
export const MAX_FAULTS = 100;

/** Batches that one statement looks at: with windows of 100,000 records it still ends in seconds. */
const RANGE = 200;

/**
 * Verifies the whole ledger of a CRM's store, as of one moment: every batch, entry, value that is kept, the rows of windows, acts
 * and keys that the chain covers, and the signed heads. Everything is computed by PostgreSQL; records do not leave it.
 */
export async function verifyLedger(pool: Pool, readHeads: (client: Queryable) => Promise<readonly ReadHead[]>): Promise<LedgerVerification> {
  return inTransaction(
    pool,
    async (client) => {
      const state = await readChainState(client);
      const faults: LedgerFault[] = [];
      for (let from = 1; from <= state.sequence; from += RANGE) {
        for (const sql of RANGE_CHECKS) {
          if (faults.length >= MAX_FAULTS * RANGE_CHECKS.length) break;
          faults.push(...(await controlRows<LedgerFault>(client, sql, [from, Math.min(from + RANGE - 1, state.sequence), MAX_FAULTS])));
        }
      }
      for (const sql of WHOLE_CHECKS) faults.push(...(await controlRows<LedgerFault>(client, sql, [MAX_FAULTS])));
      const heads = await checkHeads(client, state, await readHeads(client));
      const counts = await controlRow<{ batches: number; entries: number; destroyed: number; archived: number }>(client, COUNTS);
      return { ...state, batches: 0, entries: 0, destroyed: 0, archived: 0, ...counts, ...heads, faults: [...faults, ...heads.faults].map(checked) };
    },
    { begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' },
  );
}

const COUNTS = `
  select (select count(*) from tidegate.ledger_batch) as batches,
         (select coalesce(sum((facts ->> 'count')::bigint), 0)::bigint from tidegate.ledger_batch where kind = 'archived') as archived, count(*) as entries,
         count(*) filter (where salt is null and coalesce(before_hash, after_hash) is not null) as destroyed
    from tidegate.ledger_entry`;

const HEADS = `select sequence, encode(head, 'hex') as head from tidegate.ledger_batch where sequence = any ($1::bigint[])`;

async function checkHeads(
  client: Queryable,
  { store, sequence: last }: ChainState,
  heads: readonly ReadHead[],
): Promise<{ heads: number; signedUpTo: number; faults: readonly LedgerFault[] }> {
  const wanted = heads.flatMap(({ claims }) => claims?.sequence ?? []);
  const rows = await controlRows<{ sequence: number; head: string }>(client, HEADS, [wanted]);
  const present = new Map(rows.map((row) => [row.sequence, row.head]));
  const faults: LedgerFault[] = [];
  let signedUpTo = 0;
  for (const { name, claims } of heads) {
    if (claims === null || claims.store !== store) faults.push({ fault: 'head-invalid', sequence: claims?.sequence ?? null, subject: name });
    else if (claims.sequence > last) faults.push({ fault: 'tail-cut', sequence: claims.sequence, subject: `the chain ends at ${last}` });
    else if (present.get(claims.sequence) !== claims.head) faults.push({ fault: 'forked', sequence: claims.sequence, subject: name });
    else signedUpTo = Math.max(signedUpTo, claims.sequence);
  }
  return { heads: heads.length - faults.length, signedUpTo, faults };
}

function checked(fault: LedgerFault): LedgerFault {
  if (!(fault.fault in LEDGER_FAULTS)) throw new Error(`no such fault: ${fault.fault}`);
  return fault;
}
