import type { Pool, PoolClient } from 'pg';
import type { Books } from '../../../exchange/books.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { applyWindow } from './apply-window.ts';
import { isBreach } from './budgets.ts';
import { wireColumns } from '../../../exchange/wire-row.ts';
import { injectWhole } from './inject-whole.ts';
import { readAhead, valuesOf } from './read-ahead.ts';
import { checkFence, lockPlace, storedReceipt } from './channel-order.ts';
import { checkManifest } from './check-manifest.ts';
import { holdWindow } from './held-window.ts';
import { injectChunk } from './inject-chunk.ts';
import type { IncomingWindow, InjectedWindow } from './incoming-window.ts';
import { openInjection } from './open-injection.ts';
import { readSetAside } from './read-set-aside.ts';
import { appliedReceipt } from './receipt-body.ts';
import { inInjection } from './session.ts';
import { LARGE_WINDOW_ROWS, drainRows, stageRows } from './stage.ts';
import { writeAppliedWindow } from './write-window.ts';

/**
 * Applies a window at the store that receives it: rows, books, receipt and the channel's move in one transaction. A window
 * that was applied before is answered with its stored receipt, after its bytes were proved like any other.
 *
 * Throws, with nothing stored: `batch-refused`, `epoch-stale`, `link-stopped`, `ordinal-void`, `ordinal-out-of-order`,
 * `schema-drifted`, `link-mismatch`, `collection-unknown`, `message-missing` and what else the
 * guard of the CRM says, `database-unavailable`, `database-refused`. At the CRM also `delete-budget-exceeded`,
 * `change-budget-exceeded`, `truncate-needs-approval`: the window is then set down, to wait for approval (held-window.ts).
 */
export async function injectWindow(pool: Pool, window: IncomingWindow): Promise<InjectedWindow> {
  if (window.direction === 'reverse' && window.message === undefined) throw new TidegateError('message-missing');
  if (window.kind === 'chunk') return injectChunk(pool, window);
  if (window.direction === 'forward') return injectForward(pool, window);
  return injectStream(pool, window);
}

/** A small window is taken whole; a large one as it comes. */
async function injectForward(pool: Pool, window: IncomingWindow): Promise<InjectedWindow> {
  const { whole, rows } = await readAhead(window.rows);
  const values = whole && (await valuesOf(whole, wireColumns(window.plan.definition).length));
  if (values !== undefined && values.length <= LARGE_WINDOW_ROWS) return injectWhole(pool, { window, values, manifest: await window.manifest() });
  return injectStream(pool, { ...window, rows });
}

async function injectStream(pool: Pool, window: IncomingWindow): Promise<InjectedWindow> {
  const done = await inInjection(pool, window.plan, (client) => injectDelta(pool, client, window));
  if ('breach' in done) throw done.breach;
  return done;
}

/** A window that exceeds its budget is set down instead, and nothing of it is written. */
async function injectDelta(pool: Pool, client: PoolClient, window: IncomingWindow): Promise<InjectedWindow | { readonly breach: TidegateError }> {
  const { plan, direction, kind, ordinal, message, runId } = window;
  const open = await openInjection(client, { plan, direction, ordinal, messageId: message?.id });
  await (open.known ? drainRows(window.rows) : stageRows(client, plan, window.rows));
  const { claims, jws } = await window.manifest();
  checkManifest(claims, { plan, direction, kind, ordinal, messageId: message?.id });
  await window.admitted;
  const place = await lockPlace(client, plan, direction, ordinal, 'update');
  checkFence(place, claims);
  const stored = storedReceipt(place, ordinal, claims.digest);
  if (stored !== undefined) return { receiptJws: stored, books: place.books, repeated: true };
  let books: Books;
  try {
    books = await applyWindow(pool, client, { plan, direction, claims, open, order: message?.order, runId });
  } catch (error) {
    if (!isBreach(error)) throw error;
    await holdWindow(client, { plan, claims, manifestJws: jws, runId });
    return { breach: new TidegateError(error.code, undefined, { ...error.facts, batchId: claims.batchId }) };
  }
  const receiptJws = await window.signReceipt(appliedReceipt(claims, books, await readSetAside(client, plan, claims, books, open.waiting)));
  await writeAppliedWindow(client, { plan, claims, manifestJws: jws, receiptJws, books, runId });
  return { receiptJws, books, repeated: false };
}
