import type { Pool } from 'pg';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { incarnationDifferences } from '../../../exchange/incarnation.ts';
import type { ReleaseClaims, ReleaseOutcome } from '../../../exchange/release.ts';
import { applyWindow } from '../injection/apply-window.ts';
import { type WindowPlace, lockPlace } from '../injection/channel-order.ts';
import { checkManifest } from '../injection/check-manifest.ts';
import { type HeldWindow, dropHeld, readHeldWindow, stageHeld } from '../injection/held-window.ts';
import type { SignReceipt } from '../injection/incoming-window.ts';
import { openInjection } from '../injection/open-injection.ts';
import { appliedReceipt } from '../injection/receipt-body.ts';
import { inInjection } from '../injection/session.ts';
import { writeAppliedWindow } from '../injection/write-window.ts';
import type { CollectionPlan } from '../plan.ts';
import { reopenChannel } from '../state/channel.ts';
import { noteOutcome, outcomeOf, spendRelease } from './release-use.ts';

/** A window that was set down and approved, and the accepted release of it. */
export interface ApprovedWindow {
  readonly plan: CollectionPlan;
  readonly id: string;
  readonly claims: ReleaseClaims;
  readonly held: Pick<HeldWindow, 'batchId' | 'manifest'>;
  /** Claims of the manifest, whose signature holds. */
  readonly manifest: ManifestClaims;
  readonly runId: string;
  readonly signReceipt: SignReceipt;
}

/**
 * Writes a window that waited for approval, in the reverse role under its release: the release is spent, the rows that it names by
 * their digest are judged against the CRM as it is now and written, with the receipt for the cloud, in one transaction. A repetition
 * finds what was done.
 *
 * Throws, with nothing written: `release-not-accepted`, `release-mismatch` (the rows are not those that were signed), `link-stopped`,
 * `incarnation-changed`, `epoch-stale` (a reload came between), `ordinal-out-of-order` (another window came in instead), and what the
 * guard and the injector say.
 */
export async function applyApproved(pool: Pool, approved: ApprovedWindow): Promise<ReleaseOutcome> {
  const { plan, id, claims, held, manifest, runId, signReceipt } = approved;
  const [order] = claims.orders;
  const { ordinal, messageId } = manifest;
  return inInjection(pool, plan, async (client) => {
    const done = await outcomeOf(client, id);
    if (done !== undefined) return done;
    const open = await openInjection(client, { plan, direction: 'reverse', ordinal, messageId: id });
    checkManifest(manifest, { plan, direction: 'reverse', kind: 'delta', ordinal, messageId });
    checkPlace(await lockPlace(client, plan, 'reverse', ordinal, 'update'), manifest);
    await spendRelease(client, id);
    await stageHeld(client, plan, held.batchId);
    const left = await readHeldWindow(client, held.batchId);
    if (order === undefined || left?.digest !== claims.content) throw new TidegateError('release-mismatch', undefined, { release: id });
    // What exceeds the budget is what was approved.
    const { fields, operations } = order;
    const budgets = { afterOrdinal: ordinal - 1, cursor: null, maxRows: 1, maxWindows: 1, deleteBudget: Number.MAX_SAFE_INTEGER, truncated: true } as const;
    const ordered = { collection: plan.definition.name, fields, operations, ...budgets };
    // Records that were erased meanwhile are not among the rows any more: nothing is done with them.
    const staged = { ...manifest, rows: left.rows, tombstones: left.tombstones };
    const erased = manifest.rows - left.rows;
    const written = await applyWindow(pool, client, { plan, direction: 'reverse', claims: staged, open, order: ordered, runId });
    const books = { ...written, offered: written.offered + erased, unchanged: written.unchanged + erased };
    const receiptJws = await signReceipt(appliedReceipt(manifest, books));
    await writeAppliedWindow(client, { plan, claims: manifest, manifestJws: held.manifest, receiptJws, books, runId });
    await reopenChannel(client, { link: plan.linkName, collection: plan.definition.name, direction: 'reverse' });
    await dropHeld(client, held.batchId);
    const outcome = books.conflicted > 0 ? 'conflicted' : books.applied > 0 ? 'applied' : 'unchanged';
    await noteOutcome(client, id, outcome);
    return outcome;
  });
}

/** Sessions may have come and gone since: the epoch is not asked for, but all that makes the window the next one. */
function checkPlace(place: WindowPlace, { generation, ordinal }: ManifestClaims): void {
  if (place.linkState !== 'open') throw new TidegateError('link-stopped', `It is ${place.linkState}.`);
  const differences = place.opened === null ? [] : incarnationDifferences(place.opened, place.now);
  if (differences.length > 0) throw new TidegateError('incarnation-changed', `The receiving store differs in ${differences.join(', ')}.`, { differences });
  if (generation !== place.generation) throw new TidegateError('epoch-stale', `Generation ${generation}, the link is at ${place.generation}.`);
  if (ordinal !== place.last + 1) throw new TidegateError('ordinal-out-of-order', undefined, { ordinal, last: place.last });
}
