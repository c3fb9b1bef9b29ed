import type { Readable } from 'node:stream';
import type { ReverseOrder, WindowKind } from '../../../exchange/claims.ts';
import type { Direction } from '../../../exchange/names.ts';
import type { RowForm } from '../../../exchange/wire-row.ts';
import type { PreviewedWindow } from './reverse-window.ts';
import type { CollectionPlan } from '../plan.ts';

/**
 * Which records of a cycle go into a window. In a cycle over several collections, `upserts` travel parents before children,
 * then `tombstones` children before parents, all from one snapshot.
 */
export type WindowPhase = 'all' | 'upserts' | 'tombstones';

/** What a forward window is asked for. */
export interface WindowOrder {
  readonly plan: CollectionPlan;
  readonly runId?: string;
  readonly phase: WindowPhase;
  /** Come back while the window is still being written down: whoever sends it waits for `written` before it signs the manifest. */
  readonly meanwhile?: boolean;
}

/** What a reverse window is asked for, at the cloud. */
export interface ReverseWindowOrder {
  readonly plan: CollectionPlan;
  readonly messageId: string;
  /** What the message orders of this collection. */
  readonly order: ReverseOrder;
}

/** A window whose records are counted, and whose row in `tidegate.window` is committed with `written`. */
export interface PreparedWindow {
  /** Refused where the window may not be written down: `epoch-stale`, `link-stopped`, `ordinal-out-of-order`, `replayed`. */
  readonly written: Promise<void>;
  readonly collection: string;
  readonly direction: Direction;
  /** `delta` moves the cursor with its receipt, `part` does not. */
  readonly kind: Extract<WindowKind, 'delta' | 'part'>;
  readonly ordinal: number;
  readonly batchId: string;
  readonly generation: number;
  /** Opaque cursors; for a `part` both are the same position. */
  readonly fromCursor: string | null;
  readonly toCursor: string;
  /** Records in the stream, tombstones among them. */
  readonly rows: number;
  readonly tombstones: number;
  /** Records that the filter kept back. */
  readonly filtered: number;
  /** Forward: last reverse ordinal that the CRM had applied in this snapshot. */
  readonly acknowledgedReverseOrdinal?: number;
  /** All that the collection sends from this snapshot, in one window or two: what budgets count. Reverse: of this window alone. */
  readonly whole: { readonly changes: number; readonly deletes: number };
  /** Reverse: what the same snapshot still holds for the windows after this one. */
  readonly following: { readonly rows: number; readonly tombstones: number };
  /** Whether the table was truncated since the window before. */
  readonly truncated: boolean;
  /** Whether changes are known that this window leaves to a later one. For a reverse window, `last` is its opposite. */
  readonly hasLater: boolean;
  /** The rows as wire CSV, once, while the snapshot is open; one stream at a time. */
  stream(): Readable;
}

/** One snapshot of a store, on a connection of its own. */
export interface SnapshotReader {
  /** Text of the `pg_snapshot`. */
  readonly snapshot: string;
  /** Everything committed before this moment is in the snapshot. */
  readonly takenAt: Date;
  /**
   * Finds what changed in a collection since its cursor and commits the window's row. Undefined where nothing has to go; the
   * cursor then moves on by itself. Throws `schema-drifted`, `truncate-needs-approval` (both stop the channel), `epoch-stale`,
   * `link-stopped`, `load-incomplete`, and `ordinal-out-of-order` while an earlier window has no receipt.
   */
  prepareWindow(order: WindowOrder): Promise<PreparedWindow | undefined>;
  /**
   * The answer to a message at the cloud: the window that is bound to it and not receipted yet, else the next one. Windows up
   * to the order's `afterOrdinal` count as receipted: the CRM says so. Undefined where nothing has to go, or the message's
   * windows are used up. Throws as above, and `cursor-invalid` where the order's cursor is not this cloud's.
   */
  prepareReverseWindow(order: ReverseWindowOrder): Promise<PreparedWindow | undefined>;
  /** What an order would be answered with; nothing is written down. See previewReverseWindow. */
  previewReverseWindow(order: Pick<ReverseWindowOrder, 'plan' | 'order'>): Promise<PreviewedWindow | undefined>;
}

/** A chunk of an initial load, open for reading. */
export interface LoadChunk {
  readonly batchId: string;
  /** Records in the stream. */
  readonly rows: number;
  /** Rows of its part of the table that the filter kept back. */
  readonly filtered: number;
  /** Form of its rows. */
  readonly form: RowForm;
  stream(): Readable;
  /** Gives the connection back; also after a broken stream. */
  close(): Promise<void>;
}

/** An initial load: one exported snapshot, cut into ranges of pages or keys. Closing it gives the snapshot up. */
export interface PreparedLoad extends AsyncDisposable {
  readonly ordinal: number;
  readonly batchId: string;
  readonly generation: number;
  readonly toCursor: string;
  readonly takenAt: Date;
  readonly acknowledgedReverseOrdinal: number;
  readonly chunks: readonly { readonly chunk: number; readonly rows: number; readonly filtered: number }[];
  /** Opens a chunk, on a connection of its own: several at a time, any of them again. A repetition has a new batch id. */
  openChunk(chunk: number): Promise<LoadChunk>;
}
