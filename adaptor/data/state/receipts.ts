import type { Pool, PoolClient } from 'pg';
import { imbalance } from '../../../exchange/books.ts';
import type { ReceiptClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { EMPTY_SNAPSHOT, encodeCursor } from '../cursor.ts';
import { readIncarnation } from '../incarnation.ts';
import { inTransaction } from '../pool.ts';
import { runPrepared } from '../prepared.ts';
import { recordAudit } from './audit.ts';
import { type ChannelName, requireChannel } from './channel.ts';
import { assertEpoch } from './epoch.ts';
import { keepSetAside } from './set-aside.ts';
import { settleUnconfirmed } from './unconfirmed.ts';
import { type WindowRow, readWindow } from './window.ts';

/** A receipt whose signature holds, for a window that this side sent. */
export interface VerifiedReceipt extends ChannelName {
  /** The epoch of the run that sent it; at the cloud, which answers orders, absent. */
  readonly epoch?: number;
  readonly ordinal: number;
  readonly receipt: Omit<ReceiptClaims, 'iss' | 'aud' | 'iat' | 'exp' | 'jti'>;
  readonly receiptJws: string;
}

/**
 * Closes a window with its receipt: applied, and the cursor moves (but for a `part`), or void, and its number is used up.
 * The same receipt again changes nothing. Throws `epoch-stale`, `ordinal-out-of-order` where the window is not the next one,
 * `batch-refused` where the receipt is for other bytes, `books-unbalanced`.
 */
export async function confirmReceipt(pool: Pool, verified: VerifiedReceipt): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { link, collection, direction, epoch, ordinal, receipt } = verified;
    const name: ChannelName = { link, collection, direction };
    await assertEpoch(client, epoch === undefined ? { link } : { link, epoch });
    const channel = await requireChannel(client, name, 'FOR UPDATE');
    const window = await readWindow(client, name, ordinal);
    if (window === undefined || window.state === 'applied')
      throw new TidegateError('ordinal-out-of-order', `There is no window ${ordinal}.`, { collection, ordinal });
    // Closed by an acknowledgement that overtook it: the receipt still brings the other side's books.
    if (window.state === 'receipted' && window.receipt === null && receipt.outcome === 'applied') {
      await checkReceipt(client, window, verified);
      await closeWindow(client, window, verified);
      return;
    }
    if (window.state === 'receipted' || window.state === 'void') return checkRepetition(window, receipt);
    if (channel.ordinal + 1 !== ordinal) throw new TidegateError('ordinal-out-of-order', `${ordinal} follows ${channel.ordinal}.`, { collection, ordinal });
    if (receipt.outcome === 'applied') await checkReceipt(client, window, verified);
    await closeWindow(client, window, verified);
    if (direction === 'forward') await keepSetAside(client, window, receipt.setAside);
    if (receipt.unconfirmed !== undefined)
      await recordAudit(client, {
        link,
        event: 'records-unconfirmed',
        subject: collection,
        facts: { generation: window.generation, records: receipt.unconfirmed },
      });
    await moveChannel(client, window, receipt.outcome);
  });
}

/** As confirmReceipt, where the settlement's answer was that the window never arrived; the name says so at the call. */
export async function recordVoid(pool: Pool, verified: VerifiedReceipt): Promise<void> {
  if (verified.receipt.outcome !== 'void') throw new TidegateError('batch-refused', 'The receipt is not void.', { ordinal: verified.ordinal });
  await confirmReceipt(pool, verified);
}

function checkRepetition(window: WindowRow, { outcome, batchId }: VerifiedReceipt['receipt']): void {
  const same = outcome === 'void' ? window.state === 'void' : window.state === 'receipted' && window.batchId === batchId;
  if (!same) throw new TidegateError('ordinal-out-of-order', `Window ${window.ordinal} is closed with another outcome.`, { ordinal: window.ordinal });
}

async function checkReceipt(client: PoolClient, window: WindowRow, { receipt }: VerifiedReceipt): Promise<void> {
  const facts = { collection: window.collection, ordinal: window.ordinal };
  if (receipt.ordinal !== window.ordinal || receipt.collection !== window.collection || receipt.direction !== window.direction)
    throw new TidegateError('batch-refused', 'The receipt is for another window.', facts);
  if (window.digest === null || receipt.batchId !== window.batchId || receipt.digest !== window.digest)
    throw new TidegateError('batch-refused', 'The receipt is for another batch.', facts);
  // The receiver may count what the sender kept back among what was offered, or not at all.
  const balanced =
    imbalance(receipt.books) === 0 && (window.kind === 'load' || receipt.books.offered - receipt.books.filtered === window.offered - window.filtered);
  if (!balanced) throw new TidegateError('books-unbalanced', undefined, facts);
  if (window.direction === 'forward') return;
  // A part does not move the cursor: what is accepted with it is where the window began.
  const snapshot = (window.kind === 'part' ? window.fromSnapshot : window.toSnapshot) ?? EMPTY_SNAPSHOT;
  if (receipt.acceptedCursor !== encodeCursor({ incarnation: await readIncarnation(client), snapshot }) || receipt.messageId !== window.messageId)
    throw new TidegateError('cursor-invalid', 'The receipt accepts another cursor.', facts);
}

async function closeWindow(client: PoolClient, window: WindowRow, { receipt, receiptJws }: VerifiedReceipt): Promise<void> {
  const { applied, unchanged, conflicted, quarantined } = receipt.books;
  const isVoid = receipt.outcome === 'void';
  await runPrepared(
    client,
    `UPDATE tidegate.window SET state = $5, receipt = $6, finished_at = now(), applied = $7, unchanged = $8, conflicted = $9, quarantined = $10,
            offered = CASE WHEN $11 THEN 0 WHEN kind = 'load' THEN $12 ELSE offered END, filtered = CASE WHEN $11 THEN 0 WHEN kind = 'load' THEN $13 ELSE filtered END
      WHERE link = $1 AND collection = $2 AND direction = $3 AND ordinal = $4`,
    [
      window.link,
      window.collection,
      window.direction,
      window.ordinal,
      isVoid ? 'void' : 'receipted',
      receiptJws,
      applied,
      unchanged,
      conflicted,
      quarantined,
      isVoid,
      receipt.books.offered,
      receipt.books.filtered,
    ],
  );
}

/** Snapshot of the first load of a generation that was not finished. $1 to $3: the channel; $4: the ordinal before which; $9: the generation. */
const BROKEN_OFF = `SELECT w.to_snapshot FROM tidegate."window" w
                     WHERE w.link = $1 AND w.collection = $2 AND w.direction = $3 AND w.ordinal < $4 AND w.generation = $9
                       AND w.kind = 'load' AND w.state = 'void' ORDER BY w.ordinal LIMIT 1`;

/**
 * Moves a channel over a closed window. What its snapshot saw is proved then; the first delta after a load opens the channel. It
 * begins where the first load of this generation began: chunks of one that was broken off may hold what was deleted, or made
 * private, before the load that followed.
 */
export async function moveChannel(client: PoolClient, window: WindowRow, outcome: 'applied' | 'void'): Promise<void> {
  const moves = outcome === 'applied' && window.kind !== 'part';
  await runPrepared(
    client,
    `UPDATE tidegate.channel SET ordinal = $4,
            cursor = CASE WHEN NOT $5 THEN cursor WHEN $8 = 'load' THEN coalesce((${BROKEN_OFF}), $6::pg_snapshot) ELSE $6::pg_snapshot END, proven_at = CASE WHEN $5 THEN $7 ELSE proven_at END,
            state = CASE WHEN state IN ('drifted', 'stopped') THEN state
                         WHEN NOT $5 THEN CASE WHEN state = 'loading' THEN 'new' ELSE state END
                         WHEN $8 = 'load' THEN 'loaded' ELSE 'open' END
      WHERE link = $1 AND collection = $2 AND direction = $3`,
    [window.link, window.collection, window.direction, window.ordinal, moves, window.toSnapshot, window.startedAt, window.kind, window.generation],
  );
  if (window.direction === 'reverse' && moves) await settleUnconfirmed(client, window);
}
