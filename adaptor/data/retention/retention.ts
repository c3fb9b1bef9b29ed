/** How long what is kept stays, in milliseconds, and how it is taken away. Counted from when it was done with. */
export interface Retention {
  /** Changes that every link has acknowledged. */
  readonly changeLogMs: number;
  /** That a record was deleted (its key, without values): a new initial load brings none of them back meanwhile. */
  readonly tombstoneMs: number;
  /** Windows, chunks and their receipts. */
  readonly windowMs: number;
  /** Values that were replaced: of decided conflicts, of records set aside and resolved, of releases, in the ledger. */
  readonly valueMs: number;
  /** Runs, requests, messages that brought nothing in, approvals, and the rows of decided conflicts and resolved records. */
  readonly historyMs: number;
  /** What a link that does not come back may hold up. */
  readonly unacknowledged: { readonly maxRows: number; readonly maxAgeMs: number };
  /** Rows a transaction takes away. */
  readonly batchRows: number;
}

/** A lock that does not come within this time is left for the next time: production goes first. */
export const PRUNE_LOCK_TIMEOUT_MS = 500;
